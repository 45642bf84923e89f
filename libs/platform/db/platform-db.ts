import { isUuid, type TenantId } from '#contracts/ids.js';
import { Refused } from './errors.js';
import type { TxContext } from './open-tx.js';
import type { Param } from './params.js';
import { settingsOf, type Execution } from './plan.js';
import { withConnection } from './repeat.js';
import { settingOf } from './scope-factory.js';
import { scopeBrand, type PlatformScope } from './scope.js';
import type { Sql } from './sql.js';
import type { Opened } from './tenant-client.js';
import type { TenantPool } from './tenant-pool.js';
import type { TransactionOptions } from './transaction-options.js';
import { transaction } from './transaction.js';
import type { Tx } from './tx.js';

/** Settings live as long as a transaction, so where no tenant is set there is none to take back: nothing is sent. */
const NO_TENANT: Opened = { opening: () => null };

/** A platform transaction inside one tenant. */
export type TxInTenant = Tx<PlatformScope> & { readonly tenant_id: TenantId };

/**
 * The platform's own work, as `tenantry_platform`, whose policies name what it may touch: relay, claims, reapers, sealer, partitions,
 * ops and the identity tables. The files that may import it are listed in an architecture test; whatever belongs to one tenant goes
 * through `TenantDb`.
 */
export class PlatformDb {
  readonly #pool: TenantPool;

  constructor(pool: TenantPool) {
    this.#pool = pool;
  }

  async query<R>(scope: PlatformScope, sql: Sql, params: readonly Param[] = [], how: Execution = {}): Promise<R[]> {
    mustBePlatformScope(scope);
    const opened: Opened = { opening: () => settingsOf(how) };
    const result = await withConnection(this.#pool, (client) => client.send(opened, sql, params));
    return result.rows as R[];
  }

  /** As `TenantDb.run`, without a tenant. No entities here: SQL. */
  async run<T>(scope: PlatformScope, work: (tx: Tx<PlatformScope>) => Promise<T>, options?: TransactionOptions): Promise<T> {
    mustBePlatformScope(scope);
    return transaction(this.#context(scope, null, NO_TENANT), work, options);
  }

  /** Sets `app.tenant_id`, all stores; every statement still names the tenant, because this role's policies may show more. */
  async inTenant<T>(
    scope: PlatformScope,
    tenant_id: TenantId,
    work: (tx: TxInTenant) => Promise<T>,
    options?: TransactionOptions,
  ): Promise<T> {
    mustBePlatformScope(scope);
    if (!isUuid(tenant_id)) throw new Refused('tenant_id is no UUID');
    const setting = settingOf(tenant_id, 'all');
    return transaction(this.#context(scope, tenant_id, { opening: () => setting }), (tx) => work(tx as TxInTenant), options);
  }

  #context(scope: PlatformScope, tenant_id: TenantId | null, opened: Opened): TxContext<PlatformScope> {
    return { scope, tenant_id, opened, pool: this.#pool, entities: null };
  }
}

function mustBePlatformScope(scope: PlatformScope): void {
  if (scope?.[scopeBrand] !== 'platform') throw new Refused('PlatformDb needs a PlatformScope');
}
