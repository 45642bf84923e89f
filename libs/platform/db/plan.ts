import { statementOf } from './sql.js';
import type { Statement } from './scope.js';

/** How a statement is run. Without a word of it the planner goes by its statistics, and a commit survives a crash of the server. */
export interface Execution {
  readonly plan?: 'by_index';
  /**
   * false: the commit does not wait for the disk. For what is found undone and done again after a crash of the server (a claim, a relayed
   * pointer), never for what somebody was told.
   */
  readonly durable?: boolean;
}

/**
 * For the statements of a queue, which pick few rows by key out of tables that fill and empty within seconds. Statistics are always of
 * another time, and a plan made while a table was small reads all of it once it is large (measured: 35 to 120 ms for a claim in place of
 * one). So nothing is left to them: rows come by index, in the order of the index, and the plan is kept (planning over weekly partitions
 * costs as much as running). To leave it no choice a statement asks a table for keys in a subquery with `offset 0`, or, where it changes the
 * table, by `= any (array[…])`, which no join by another way can use.
 * `enable_partition_pruning`: PostgreSQL 18 crashes when a statement locks a row that has just been changed and prunes partitions at run time
 * elsewhere (seen with 18.4 within seconds of two claims racing). `jit`: before PostgreSQL 18 what is switched off counts as expensive, and
 * would be compiled.
 */
const BY_INDEX = statement(
  '_by_index',
  `select set_config('plan_cache_mode', 'force_generic_plan', true), set_config('jit', 'off', true), set_config('enable_seqscan', 'off', true),
          set_config('enable_bitmapscan', 'off', true), set_config('enable_sort', 'off', true), set_config('enable_mergejoin', 'off', true),
          set_config('enable_partition_pruning', 'off', true)`,
);
const NOT_DURABLE = statement('_not_durable', `select set_config('synchronous_commit', 'off', true)`);
const BY_INDEX_NOT_DURABLE = statement('_by_index_not_durable', `${BY_INDEX.sql.text}, set_config('synchronous_commit', 'off', true)`);

function statement(name: string, text: string): Statement {
  return { sql: statementOf(text, 'libs/platform/db/plan.ts', name), params: [] };
}

/** The statement that goes before; null: none. */
export function settingsOf({ plan, durable = true }: Execution): Statement | null {
  if (plan === undefined) return durable ? null : NOT_DURABLE;
  return durable ? BY_INDEX : BY_INDEX_NOT_DURABLE;
}
