import type { MigrationInterface } from 'typeorm';

/** Release N expands, N and N-1 run side by side, release N+1 contracts. */
export type Phase = 'expand' | 'contract';

/**
 * One change of the schema. TypeORM's interface, with two facts it does not know. The class name ends in the 13 digits of a time, which
 * give the order; `up` and `down` speak through `query` alone, so that a plan can show every statement.
 */
export interface Migration extends MigrationInterface {
  readonly name: string;
  readonly phase: Phase;
  /** Above the usual minute, for a step that must read much. */
  readonly statement_timeout_ms?: number;
}

export type MigrationClass = new () => Migration;
