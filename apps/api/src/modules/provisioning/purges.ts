import { Injectable } from '@nestjs/common';
import { Problem } from '#contracts/errors.js';
import type { TenantId } from '#contracts/ids.js';
import { Clock, newId } from '#platform/crypto/index.js';
import { PlatformDb, type PlatformScope, type Tx } from '#platform/db/index.js';
import { Logger } from '#platform/logging/index.js';
import type { ScheduleResult } from '#platform/queue/index.js';
import { TenantLifecycle, tenantRows } from '../tenants/index.js';
import { Provisioning } from './provisioning.service.js';
import { purgeStatements } from './purge.repository.js';

const AT_ONCE = 50;

/** Begins purges: by staff at once, by the clock when the date of an archived tenant has passed. */
@Injectable()
export class Purges {
  constructor(
    private readonly db: PlatformDb,
    private readonly lifecycle: TenantLifecycle,
    private readonly provisioning: Provisioning,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  /** State and job in the caller's transaction. @throws Problem invalid_transition or job_running */
  async start(tx: Tx, tenant_id: string, reason: string): Promise<string> {
    const provisioning_job_id = newId();
    await this.lifecycle.startPurge(tx, tenant_id, provisioning_job_id, reason);
    return this.provisioning.enqueue(tx, {
      provisioning_job_id,
      tenant_id,
      kind: 'tenant_purge',
      input: {},
      requested_by: tx.scope.actor.id,
    });
  }

  /** Rows that would go, by table, those without any left out. */
  async preview(tx: Tx, tenant_id: string): Promise<{ readonly name: string; readonly count: number }[]> {
    const counts: { name: string; count: number }[] = [];
    for (const { table_name, deletable } of await purgeStatements.tables(tx)) {
      const count = deletable ? await purgeStatements.count(tx, tenant_id, table_name) : 0;
      if (count > 0) counts.push({ name: table_name, count });
    }
    return counts;
  }

  /** One that cannot begin (restored meanwhile, another job runs) does not keep the others waiting. */
  async startDue(scope: PlatformScope): Promise<ScheduleResult> {
    const due = await this.db.run(scope, (tx) => tenantRows.dueForPurge(tx, this.clock.now(), AT_ONCE));
    let failed = 0;
    for (const tenant_id of due) {
      try {
        await this.db.inTenant(scope, tenant_id as TenantId, (tx) => this.start(tx, tenant_id, 'thirty days after it was archived'));
      } catch (error) {
        failed += 1;
        this.logger.warn(
          { tenant_id, code: error instanceof Problem ? error.code : 'internal', err: error },
          'a purge that is due could not begin',
        );
      }
    }
    return { processed: due.length - failed, failed, remaining: 0 };
  }
}
