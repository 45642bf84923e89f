import type { Execution } from './plan.js';

export type Isolation = 'read committed' | 'repeatable read' | 'serializable';

export interface TransactionOptions extends Execution {
  readonly isolation?: Isolation;
  /** Limit of each statement, for this transaction. The role's own limit holds otherwise. */
  readonly statement_timeout_ms?: number;
}

/** A closed list, because the level goes into the text of BEGIN. A Map, so that no name of Object.prototype is a level. */
export const BEGIN: ReadonlyMap<Isolation | undefined, string> = new Map([
  [undefined, 'begin'],
  ['read committed', 'begin isolation level read committed'],
  ['repeatable read', 'begin isolation level repeatable read'],
  ['serializable', 'begin isolation level serializable'],
]);
