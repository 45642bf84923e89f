import { Injectable } from '@nestjs/common';
import { Problem } from '#contracts/errors.js';
import { idOf, type TenantId } from '#contracts/ids.js';
import { PlatformDb, type PlatformScope } from '#platform/db/index.js';
import { LeaseLost, type JobEnvelope } from '#platform/queue/index.js';
import { Materialiser } from './materialiser.js';
import { rollOutRows } from './plan-roll-out.repository.js';
import { planRows } from './plans.repository.js';

/** Between two of these the row says how far it came; a worker that dies repeats at most so many. */
const BATCH = 50;

export type RollOutJob = JobEnvelope<{ plan_roll_out_id: string }, PlatformScope>;

/**
 * A plan gives something else from now on: every tenant that has it is computed anew, one transaction each, in order of their ids. Doing
 * it twice changes nothing, so the fence guards the position alone.
 */
@Injectable()
export class PlanRollOut {
  constructor(
    private readonly db: PlatformDb,
    private readonly materialiser: Materialiser,
  ) {}

  async run(job: RollOutJob): Promise<void> {
    const id = job.payload.plan_roll_out_id;
    for (;;) {
      const tenants = await this.next(job, id);
      for (const tenant_id of tenants) {
        if (job.signal.aborted) throw job.signal.reason;
        await this.tenant(job.scope, tenant_id);
      }
      const last = tenants.at(-1);
      const isOurs = await this.db.run(job.scope, (tx) =>
        last === undefined ? rollOutRows.finish(tx, id, job.fence) : rollOutRows.move(tx, id, job.fence, last, tenants.length),
      );
      if (!isOurs) throw new LeaseLost(job.name);
      if (last === undefined) return;
    }
  }

  private next(job: RollOutJob, id: string): Promise<string[]> {
    return this.db.run(job.scope, async (tx) => {
      const position = await rollOutRows.position(tx, id, job.fence);
      if (!position) throw new LeaseLost(job.name);
      return planRows.tenantsOf(tx, position.plan_code, position.after_tenant_id, BATCH);
    });
  }

  /** One that is gone has nothing left to compute. */
  private async tenant(scope: PlatformScope, tenant_id: string): Promise<void> {
    try {
      await this.db.inTenant(scope, idOf<TenantId>(tenant_id), (tx) => this.materialiser.hold(tx));
    } catch (error) {
      if (!(error instanceof Problem && error.code === 'not_found')) throw error;
    }
  }
}
