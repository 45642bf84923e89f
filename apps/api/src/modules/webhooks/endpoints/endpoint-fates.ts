import { Injectable } from '@nestjs/common';
import { idOf, type TenantId } from '#contracts/ids.js';
import { TenantDb, type Tx } from '#platform/db/index.js';
import { MailService } from '#platform/mail/index.js';
import { Metrics } from '#platform/metrics/index.js';
import { Outbox } from '#platform/outbox/index.js';
import { JobScopes } from '#platform/queue/index.js';
import { AuditService, type AuditEntry } from '../../audit/index.js';
import { Members } from '../../rbac/index.js';
import { openDeliveries } from '../deliveries/open-deliveries.repository.js';
import { ENDPOINT_TROUBLE } from './endpoint.mails.js';
import { targetOf } from './endpoint-out.js';
import { endpointRows, type DisabledReason, type EndpointRow } from './endpoints.repository.js';
import { laneRows } from './lanes.repository.js';
import { secretRows } from './secrets.repository.js';

const NAME = 'webhooks.dispatch';

interface Endpoint {
  readonly tenant_id: string;
  readonly webhook_id: string;
}

const SAID: Record<DisabledReason, string> = {
  gone: 'The receiver has answered 410 Gone, so the webhook was disabled. What waits is held.',
  no_success: 'Nothing has arrived for days, so the webhook was disabled. What waits is held.',
  staff: 'Platform staff have disabled the webhook. What waits is held.',
};

/** What becomes of an endpoint by what its receiver does. Each in one transaction of its tenant, audited and told. */
@Injectable()
export class EndpointFates {
  constructor(
    private readonly db: TenantDb,
    private readonly scopes: JobScopes,
    private readonly members: Members,
    private readonly mail: MailService,
    private readonly outbox: Outbox,
    private readonly audit: AuditService,
    private readonly metrics: Metrics,
  ) {}

  /** Nothing more is sent until somebody resumes it. Does nothing to one that is not active. */
  disable({ tenant_id, webhook_id }: Endpoint, reason: DisabledReason): Promise<void> {
    return this.in(tenant_id, (tx) => this.disableIn(tx, webhook_id, reason));
  }

  /** The same, in the caller's transaction. @returns false when it is not active */
  async disableIn(tx: Tx, webhook_id: string, reason: DisabledReason, stated?: string): Promise<boolean> {
    const endpoint = await this.locked(tx, webhook_id);
    if (!endpoint || endpoint.status === 'disabled') return false;
    await endpointRows.setStatus(tx, webhook_id, 'disabled', reason);
    await openDeliveries.hold(tx, webhook_id);
    await laneRows.park(tx, webhook_id, 'disabled');
    const entry: AuditEntry = {
      targets: [targetOf(endpoint)],
      changes: [{ field: 'status', from: endpoint.status, to: 'disabled' }, { field: 'disabled_reason', to: reason }], // prettier-ignore
      ...(stated === undefined ? {} : { reason: stated }),
    };
    if (reason === 'staff') await this.audit.recordStaffAct(tx, 'webhook.disabled', entry);
    else await this.audit.record(tx, 'webhook.disabled', entry);
    const { name } = endpoint;
    await this.outbox.emit(tx, { type: 'webhook.endpoint_disabled', subject_id: webhook_id, data: { webhook_id, name, reason } });
    await this.tell(tx, endpoint, SAID[reason]);
    tx.afterCommit(() => this.metrics.count('webhook_endpoints_disabled_total', { reason }));
    return true;
  }

  /** Ten sends in a row have failed. Sending goes on. */
  failing({ tenant_id, webhook_id }: Endpoint): Promise<void> {
    return this.in(tenant_id, async (tx) => {
      const endpoint = await endpointRows.find(tx, webhook_id);
      if (!endpoint?.failing_since) return; // it has recovered meanwhile
      const { name, failure_count, failing_since } = endpoint;
      await this.outbox.emit(tx, {
        type: 'webhook.endpoint_failing',
        subject_id: webhook_id,
        data: { webhook_id, name, failure_count, failing_since: failing_since.toISOString() },
      });
      await this.tell(tx, endpoint, `${failure_count} deliveries in a row have failed. Sending goes on.`);
    });
  }

  /** A part of the time is over after which an endpoint without a success is disabled. */
  warn({ tenant_id, webhook_id }: Endpoint, percent: number, left: string): Promise<void> {
    return this.in(tenant_id, async (tx) => {
      const endpoint = await endpointRows.find(tx, webhook_id);
      if (!endpoint?.failing_since || !(await endpointRows.warned(tx, webhook_id, percent))) return;
      await this.tell(tx, endpoint, `Nothing arrives at the receiver. The webhook will be disabled in ${left}.`);
    });
  }

  /** The receiver has accepted the new secret, or the overlap is over: the old one never signs again. */
  promote({ tenant_id, webhook_id }: Endpoint, cause: 'accepted' | 'expired'): Promise<void> {
    return this.in(tenant_id, async (tx) => {
      const endpoint = await this.locked(tx, webhook_id);
      const promoted = endpoint && (await secretRows.promote(tx, webhook_id));
      if (!promoted) return;
      await this.audit.record(tx, 'webhook.secret_promoted', {
        targets: [targetOf(endpoint)],
        changes: [
          { field: 'version', to: promoted.version },
          { field: 'retired_version', to: promoted.retired },
          { field: 'cause', to: cause },
        ],
      });
    });
  }

  private in<T>(tenant_id: string, work: (tx: Tx) => Promise<T>): Promise<void> {
    return this.db.run(this.scopes.system(NAME, idOf<TenantId>(tenant_id)), async (tx) => void (await work(tx)));
  }

  private async locked(tx: Tx, webhook_id: string): Promise<EndpointRow | null> {
    return (await endpointRows.lock(tx, webhook_id)) ? endpointRows.find(tx, webhook_id) : null;
  }

  private async tell(tx: Tx, { webhook_id, name, failing_since }: EndpointRow, what: string): Promise<void> {
    const since = failing_since === null ? null : `${failing_since.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
    for (const { email } of await this.members.holdersOf(tx, 'webhooks:write'))
      await this.mail.send(tx, {
        to: email,
        template: ENDPOINT_TROUBLE,
        params: { webhook_id, name, what, since },
        reason: 'webhook_trouble',
      });
  }
}
