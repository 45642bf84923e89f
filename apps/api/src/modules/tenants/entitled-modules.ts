import type { Limits } from '#contracts/modules.js';
import type { Tx } from '#platform/db/index.js';

/** What the plan of a tenant gives; nothing of it when the tenant has no entitlements. */
export interface PlanGives {
  readonly modules: ReadonlySet<string>;
  readonly limits: Partial<Limits>;
}

/** Asked by this module and answered by `entitlements`, which stands on it. */
export abstract class EntitledModules {
  abstract of(tx: Pick<Tx, 'query'>, tenant_id: string): Promise<PlanGives>;
}
