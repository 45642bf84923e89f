import { Injectable } from '@nestjs/common';
import { idOf, type TenantId } from '#contracts/ids.js';
import { LIMIT_CODES, type LimitCode } from '#contracts/modules.js';
import { PlatformDb, type PlatformScope, type Sql } from '#platform/db/index.js';
import { Logger } from '#platform/logging/index.js';
import { Metrics } from '#platform/metrics/index.js';
import { Registry } from '#platform/modules/index.js';
import type { ScheduleResult, ScheduleRun } from '#platform/queue/index.js';
import { entitlementRows } from './entitlements.repository.js';

const BATCH = 100;

/**
 * Counts what is there and repairs the counter where it says something else: a defect that took a unit and lost the row, or a hand in the
 * database. Under the lock of the counter, so that nobody takes or gives a unit between the count and the repair.
 */
@Injectable()
export class Recount {
  private readonly counts: readonly { readonly code: LimitCode; readonly count: Sql }[];

  constructor(
    private readonly db: PlatformDb,
    private readonly metrics: Metrics,
    private readonly logger: Logger,
    registry: Registry,
  ) {
    this.counts = registry.manifests.flatMap(({ limits }) => limits ?? []);
  }

  async run({ scope, signal }: ScheduleRun): Promise<ScheduleResult> {
    const drift = new Map(this.counts.map(({ code }) => [code, 0]));
    let processed = 0;
    for (let after: string | null = null; ;) {
      const tenants: string[] = await this.db.run(scope, (tx) => entitlementRows.tenants(tx, after, BATCH));
      for (const tenant_id of tenants) {
        if (signal.aborted) throw signal.reason;
        for (const [code, units] of await this.tenant(scope, tenant_id)) drift.set(code, (drift.get(code) ?? 0) + Math.abs(units));
        processed += 1;
      }
      after = tenants.at(-1) ?? null;
      if (tenants.length < BATCH) break;
    }
    for (const [limit, units] of drift) this.metrics.set('usage_counter_drift_units', { limit }, units);
    return { processed, failed: 0, remaining: 0 };
  }

  /** @returns by how many units each counter of the tenant was wrong; those that were right are left out */
  async tenant(scope: PlatformScope, tenant_id: string): Promise<ReadonlyMap<LimitCode, number>> {
    const wrong = new Map<LimitCode, number>();
    await this.db.inTenant(scope, idOf<TenantId>(tenant_id), (tx) => entitlementRows.counters(tx, tenant_id, LIMIT_CODES));
    for (const { code, count } of this.counts) {
      // A transaction each: two counters locked at once could wait in a circle with somebody who takes both.
      const off = await this.db.inTenant(scope, idOf<TenantId>(tenant_id), async (tx) => {
        const used = await entitlementRows.lockCounter(tx, tenant_id, code);
        const counted = await entitlementRows.count(tx, count, tenant_id);
        if (used === null || used === counted) return 0;
        await entitlementRows.setCounter(tx, tenant_id, code, counted);
        return counted - used;
      });
      if (off === 0) continue;
      wrong.set(code, off);
      this.metrics.count('usage_counter_repairs_total', { limit: code });
      this.logger.warn({ tenant_id, limit: code, units: off }, 'a counter was wrong and has been repaired');
    }
    return wrong;
  }
}
