import type { EntityManager } from 'typeorm';
import type { TenantId } from '#contracts/ids.js';
import type { Param } from './params.js';
import type { ConfirmedScope, PlatformScope, TenantScope } from './scope.js';
import type { Sql } from './sql.js';

/**
 * A transaction: what `TenantDb.run` and `PlatformDb.run` hand to their work, and what `audit.record` and `emit` ask for. There is
 * no `run` on it, so transactions do not nest; a part that may fail on its own is a `savepoint`. It ends with the work: a call after
 * that is refused.
 */
export interface Tx<S extends TenantScope | PlatformScope = TenantScope | PlatformScope> {
  readonly scope: S;
  /** null only in `PlatformDb.run`. */
  readonly tenant_id: S extends TenantScope ? TenantId : TenantId | null;
  /** One statement at a time: `await` it before the next. */
  query<R>(sql: Sql, params?: readonly Param[]): Promise<R[]>;
  /** The same transaction under another permission's stores: `tx.in(scope.for('stock:read'))`. Another tenant throws. */
  in(scope: TenantScope): Tx<TenantScope>;
  /** TypeORM inside this transaction: `insert`, `update`, `delete` and `findOneBy` by full key. Its own transactions are savepoints. */
  readonly manager: EntityManager;
  /** Rolled back alone if `work` throws, which then throws on. */
  savepoint<T>(work: (tx: Tx<S>) => Promise<T>): Promise<T>;
  /** `for await (const row of tx.cursor<Row>(SQL, [id]))`: a large result in steps of 500 rows. */
  cursor<R>(sql: Sql, params?: readonly Param[]): AsyncIterable<R>;
  /** The scope for drivers with effects; only once a statement of this transaction has come back. */
  confirmed(): ConfirmedScope;
  /** Runs once after the commit, never after a rollback, in the order given. What it throws is logged: the commit has happened. */
  afterCommit(hook: () => void): void;
}
