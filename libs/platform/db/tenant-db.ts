import type { EntitySource } from './entity-runner.js';
import { Refused } from './errors.js';
import type { Param } from './params.js';
import { withConnection } from './repeat.js';
import { makeConfirmedScope } from './scope-factory.js';
import { scopeBrand, type ConfirmedScope, type TenantScope } from './scope.js';
import type { Sql } from './sql.js';
import type { TenantPool } from './tenant-pool.js';
import type { TransactionOptions } from './transaction-options.js';
import { transaction } from './transaction.js';
import type { Tx } from './tx.js';

/** The data of tenants, as `tenantry_app`: row-level security shows what the scope's tenant may see, and nothing without a scope. */
export class TenantDb {
  readonly #pool: TenantPool;
  readonly #entities: EntitySource | null;

  constructor(pool: TenantPool, entities: EntitySource | null = null) {
    this.#pool = pool;
    this.#entities = entities;
  }

  /** One statement, one round trip, no transaction around it but its own. */
  async query<R>(scope: TenantScope, sql: Sql, params: readonly Param[] = []): Promise<R[]> {
    mustBeTenantScope(scope);
    const result = await withConnection(this.#pool, (client) => client.send(scope, sql, params), refreshOf(scope));
    scope.noteHeld?.();
    return result.rows as R[];
  }

  /**
   * `work` in one transaction: commits when it returns, rolls back when it throws. It may run again (deadlock, serialization failure,
   * stale rights), so nothing but SQL happens in it; effects go to `tx.afterCommit` or to the outbox.
   */
  async run<T>(scope: TenantScope, work: (tx: Tx<TenantScope>) => Promise<T>, options?: TransactionOptions): Promise<T> {
    mustBeTenantScope(scope);
    const context = { scope, tenant_id: scope.tenant_id, opened: scope, pool: this.#pool, entities: this.#entities };
    return transaction(context, work, options, refreshOf(scope));
  }

  /** Asks the database whether the rights behind the scope still hold; what `scope.confirm()` of the guard calls. */
  async confirm(scope: TenantScope): Promise<ConfirmedScope> {
    mustBeTenantScope(scope);
    await withConnection(this.#pool, (client) => client.confirm(scope), refreshOf(scope));
    scope.noteHeld?.();
    return makeConfirmedScope(scope);
  }
}

function mustBeTenantScope(scope: TenantScope): void {
  if (scope?.[scopeBrand] !== 'tenant') throw new Refused('TenantDb needs a TenantScope');
}

/** What to do after `StaleAuthz`. Parameters that the caller has made from the scope's stores must still be right; `work` makes its own. */
function refreshOf(scope: TenantScope): (() => Promise<void>) | undefined {
  if (!scope.refresh) return undefined;
  const mustBeAsRead = scope.storesRead?.();
  return async () => {
    await scope.refresh?.();
    mustBeAsRead?.();
  };
}
