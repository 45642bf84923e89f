import { Injectable } from '@nestjs/common';
import { idOf, type TenantId } from '#contracts/ids.js';
import { Clock } from '#platform/crypto/index.js';
import { PlatformDb, TenantDb, type PlatformScope } from '#platform/db/index.js';
import { Logger } from '#platform/logging/index.js';
import {
  defineSchedule,
  JobScopes,
  Schedules,
  type ScheduleOutcome,
  type ScheduleResult,
  type ScheduleRun,
} from '#platform/queue/index.js';
import { AuditService } from '../audit/index.js';
import { invitationRows, type OverdueInvitation } from './invitations.repository.js';

const NAME = 'invitations.expire';
const BATCH = 500;
/** A run is bounded; what is left is for the next one, which then follows at once. */
const MAX_MS = 25_000;

/**
 * Writes down that invitations have expired, and audits each. Nobody waits for it: expiry is computed wherever an invitation is read. It
 * looks over all tenants, and works in each of them as that tenant, on the app pool.
 */
@Injectable()
export class ExpireInvitations {
  constructor(
    private readonly platform: PlatformDb,
    private readonly db: TenantDb,
    private readonly scopes: JobScopes,
    private readonly schedules: Schedules,
    private readonly audit: AuditService,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** For an outer cron: the same run as that of the schedule, once over all processes. */
  async ask(): Promise<ScheduleOutcome> {
    const outcome = await this.schedules.runNow(NAME);
    if (!outcome) throw new Error(`${NAME} is not registered`);
    return outcome;
  }

  async run({ scope, signal }: ScheduleRun): Promise<ScheduleResult> {
    const begun = performance.now();
    const now = this.clock.now();
    let [processed, failed] = [0, 0];
    let after: OverdueInvitation | null = null;
    let isDone = false;
    while (!isDone && !signal.aborted && performance.now() - begun < MAX_MS) {
      const overdue: OverdueInvitation[] = await invitationRows.overdue(this.platform, scope, { now, after, limit: BATCH });
      isDone = overdue.length < BATCH;
      for (const [tenant_id, ids] of byTenant(overdue)) {
        if (signal.aborted) break;
        const expired = await this.inTenant(tenant_id, ids, now);
        if (expired === null) failed += ids.length;
        else processed += expired;
      }
      after = overdue.at(-1) ?? null;
    }
    return { processed, failed, remaining: isDone ? 0 : await this.left(scope, now, failed) };
  }

  /** null: it failed, and the others go on. */
  private async inTenant(tenant_id: string, ids: readonly string[], now: Date): Promise<number | null> {
    try {
      return await this.db.run(this.scopes.system(NAME, idOf<TenantId>(tenant_id)), async (tx) => {
        const expired = await invitationRows.expire(tx, ids, now);
        for (const { invitation_id, email } of expired)
          await this.audit.record(tx, 'invitation.expired', { targets: [{ type: 'invitation', id: invitation_id, label: email }] });
        return expired.length;
      });
    } catch (error) {
      this.logger.warn({ err: error, tenant_id, invitations: ids.length }, 'invitations could not be expired');
      return null;
    }
  }

  private async left(scope: PlatformScope, now: Date, failed: number): Promise<number> {
    return Math.max(0, (await invitationRows.countOverdue(this.platform, scope, now)) - failed);
  }
}

function byTenant(overdue: readonly OverdueInvitation[]): Map<string, string[]> {
  const tenants = new Map<string, string[]>();
  for (const { tenant_id, invitation_id } of overdue) tenants.set(tenant_id, [...(tenants.get(tenant_id) ?? []), invitation_id]);
  return tenants;
}

export const expireInvitations = defineSchedule({
  name: NAME,
  cron: '0 2 * * *',
  lease_ms: 60_000,
  run: (run, services) => services.get(ExpireInvitations).run(run),
});
