import { Refused } from './errors.js';
import type { RowReader } from './pg-internals.js';
import { isSql, type Sql } from './sql.js';

const ROWS_A_STEP = 500;
let cursors = 0;

/** What a transaction lends to a cursor. It refuses once it is over: by then the connection may be in somebody else's transaction. */
export interface CursorTx {
  /** @param tag the server's answer to `text`, see `TenantClient` */
  step(text: string, tag: string, params?: readonly unknown[]): Promise<RowReader>;
  /** Open, and not failed. */
  canGoOn(): boolean;
}

/**
 * The rows of a statement in steps of 500. Without WITH HOLD it dies with its transaction, so the next tenant on the connection
 * cannot read on. Each step sends the scope if another statement has changed it in between: row-level security is evaluated as rows
 * are fetched. Leaving the loop early closes it.
 */
export async function* rowsOf(tx: CursorTx, sql: Sql, params: readonly unknown[]): AsyncGenerator<Record<string, unknown>> {
  if (!isSql(sql)) throw new Refused('only the tag sql makes statements');
  const name = `c${++cursors}`;
  await tx.step(`declare ${name} no scroll cursor without hold for ${sql.text}`, 'DECLARE CURSOR', params);
  try {
    for (;;) {
      const { rows } = await tx.step(`fetch forward ${ROWS_A_STEP} from ${name}`, 'FETCH');
      yield* rows;
      if (rows.length < ROWS_A_STEP) return;
    }
  } finally {
    // In a transaction that failed or ended the server has closed it already.
    if (tx.canGoOn()) await tx.step(`close ${name}`, 'CLOSE CURSOR');
  }
}
