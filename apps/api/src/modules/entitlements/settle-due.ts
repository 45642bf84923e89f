import { Injectable } from '@nestjs/common';
import { Problem } from '#contracts/errors.js';
import { idOf, type TenantId } from '#contracts/ids.js';
import { Clock } from '#platform/crypto/index.js';
import { PlatformDb } from '#platform/db/index.js';
import { Logger } from '#platform/logging/index.js';
import type { ScheduleResult, ScheduleRun } from '#platform/queue/index.js';
import { entitlementRows } from './entitlements.repository.js';
import { Materialiser } from './materialiser.js';

const BATCH = 100;

/** What only time changes: trials, periods, graces and overrides that have ended since the last run. */
@Injectable()
export class SettleDue {
  constructor(
    private readonly db: PlatformDb,
    private readonly materialiser: Materialiser,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** One tenant that cannot be settled does not keep the others; it stays due. */
  async run({ scope, signal }: ScheduleRun): Promise<ScheduleResult> {
    const total = { processed: 0, failed: 0 };
    for (let after: string | null = null; ;) {
      const tenants: string[] = await this.db.run(scope, (tx) => entitlementRows.due(tx, this.clock.now(), after, BATCH));
      for (const tenant_id of tenants) {
        if (signal.aborted) throw signal.reason;
        try {
          await this.db.inTenant(scope, idOf<TenantId>(tenant_id), (tx) => this.materialiser.hold(tx));
          total.processed += 1;
        } catch (error) {
          if (error instanceof Problem && error.code === 'not_found') continue; // on its way out
          total.failed += 1;
          this.logger.error({ tenant_id, error }, 'the entitlements of a tenant cannot be settled');
        }
      }
      after = tenants.at(-1) ?? null;
      if (tenants.length < BATCH) return { ...total, remaining: 0 };
    }
  }
}
