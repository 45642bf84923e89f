import { Injectable } from '@nestjs/common';
import { fail } from '#contracts/errors.js';
import { idOf, type EventId, type TenantId } from '#contracts/ids.js';
import { Clock } from '#platform/crypto/index.js';
import { PlatformDb, type PlatformScope } from '#platform/db/index.js';
import type { ListOfQuery, Page } from '#platform/http/index.js';
import { Relay } from '#platform/outbox/index.js';
import { AuditService, statedReason } from '../../audit/index.js';
import { HeldRelease } from '../bulk/held-release.js';
import { firstIdOf } from '../deliveries/id-range.js';
import { SweepRepository } from '../dispatch/sweep.repository.js';
import { EndpointFates } from '../endpoints/endpoint-fates.js';
import { targetOf } from '../endpoints/endpoint-out.js';
import { endpointRows } from '../endpoints/endpoints.repository.js';
import { laneRows } from '../endpoints/lanes.repository.js';
import type {
  LANE_LIST,
  LaneOut,
  ParkedPointersOut,
  RelayedAgainOut,
  StaffActOut,
  WebhookReasonIn,
  WebhooksOverviewOut,
} from './console.dto.js';
import { consoleRows, type LaneRow } from './console.repository.js';

const HOUR_MS = 3_600_000;

/** Webhooks of all tenants, for staff: how it goes, and the two things they may do to an endpoint. */
@Injectable()
export class WebhooksConsole {
  constructor(
    private readonly db: PlatformDb,
    private readonly sweeps: SweepRepository,
    private readonly fates: EndpointFates,
    private readonly held: HeldRelease,
    private readonly relay: Relay,
    private readonly audit: AuditService,
    private readonly clock: Clock,
  ) {}

  async overview(scope: PlatformScope): Promise<WebhooksOverviewOut> {
    const backlog = new Map((await this.sweeps.backlog()).map((row) => [row.pool, row]));
    const lanes = new Map((await this.sweeps.lanes()).map(({ state, lanes: n }) => [state, n]));
    const hour_ago = firstIdOf(new Date(this.clock.now().getTime() - HOUR_MS));
    const noisiest = await this.db.run(scope, (tx) => consoleRows.noisiest(tx, hour_ago));
    return {
      pools: ['fast', 'slow'].map((pool) => backlog.get(pool) ?? { pool, due: 0, oldest_seconds: 0 }),
      lanes: {
        fast: lanes.get('fast') ?? 0,
        slow: lanes.get('slow') ?? 0,
        asleep: lanes.get('asleep') ?? 0,
        parked: lanes.get('parked') ?? 0,
      },
      outbox: { ...(await this.relay.state()) },
      noisiest: noisiest.map((row) => ({ ...row })),
    };
  }

  async lanes(scope: PlatformScope, list: ListOfQuery<typeof LANE_LIST>): Promise<Page<LaneOut>> {
    const { tenant_id = null, state = null } = list.filters;
    const [tenant, webhook] = list.after ?? [];
    const after = typeof tenant === 'string' && typeof webhook === 'string' ? ([tenant, webhook] as const) : null;
    const rows = await this.db.run(scope, (tx) => consoleRows.lanes(tx, { tenant_id, state }, after, list.take));
    const page = list.page(rows, (row) => [row.tenant_id, row.webhook_id]);
    return { ...page, data: page.data.map(laneOut) };
  }

  /** The first thousand at most, for the command line. */
  async allLanes(scope: PlatformScope, filters: { readonly tenant_id: string | null; readonly state: string | null }): Promise<LaneOut[]> {
    return (await this.db.run(scope, (tx) => consoleRows.lanes(tx, filters, null, 1_000))).map(laneOut);
  }

  /** Events that could not be relayed ten times: each stands there until a person has looked. */
  async parkedPointers(): Promise<ParkedPointersOut> {
    const rows = await this.relay.parked();
    return {
      data: rows.map(({ tenant_id, event_id, attempts, last_error, parked_at }) => ({
        tenant_id,
        event_id,
        attempts,
        last_error,
        parked_at: parked_at.toISOString(),
      })),
      next_cursor: null,
    };
  }

  /** @throws Problem not_found when it is not parked, reason_required */
  async relayAgain(scope: PlatformScope, event_id: string, { reason }: WebhookReasonIn): Promise<RelayedAgainOut> {
    const stated = statedReason(reason);
    const tenant_id = await this.db.run(scope, (tx) => consoleRows.tenantOfParked(tx, event_id));
    if (tenant_id === null) throw fail('not_found');
    await this.db.inTenant(scope, idOf<TenantId>(tenant_id), (tx) =>
      this.audit.recordStaffAct(tx, 'ops.event_relayed_again', { targets: [{ type: 'event', id: event_id }], reason: stated }),
    );
    if (!(await this.relay.retryParked({ tenant_id: idOf<TenantId>(tenant_id), event_id: idOf<EventId>(event_id) })))
      throw fail('not_found');
    return { tenant_id, event_id };
  }

  /** Nothing more is sent there; what waits is held. @throws Problem not_found, webhook_not_active, reason_required */
  async disable(scope: PlatformScope, webhook_id: string, { reason }: WebhookReasonIn): Promise<StaffActOut> {
    const stated = statedReason(reason);
    const tenant_id = await this.tenantOf(scope, webhook_id);
    const isDisabled = await this.db.inTenant(scope, tenant_id, (tx) => this.fates.disableIn(tx, webhook_id, 'staff', stated));
    if (!isDisabled) throw fail('webhook_not_active');
    return { tenant_id, webhook_id, status: 'disabled' };
  }

  /** What a tenant does by "resume". @throws Problem not_found, webhook_already_active, reason_required */
  async enable(scope: PlatformScope, webhook_id: string, { reason }: WebhookReasonIn): Promise<StaffActOut> {
    const stated = statedReason(reason);
    const tenant_id = await this.tenantOf(scope, webhook_id);
    return this.db.inTenant(scope, tenant_id, async (tx) => {
      const endpoint = (await endpointRows.lock(tx, webhook_id)) ? await endpointRows.find(tx, webhook_id) : null;
      if (!endpoint) throw fail('not_found');
      if (endpoint.status === 'active') throw fail('webhook_already_active');
      await endpointRows.setStatus(tx, webhook_id, 'active');
      await laneRows.unpark(tx, webhook_id);
      await this.held.start(tx, webhook_id, null);
      await this.audit.recordStaffAct(tx, 'webhook.enabled', {
        targets: [targetOf(endpoint)],
        changes: [{ field: 'status', from: endpoint.status, to: 'active' }],
        reason: stated,
      });
      return { tenant_id, webhook_id, status: 'active' };
    });
  }

  /** Whose endpoint it is. @throws Problem not_found */
  async tenantOf(scope: PlatformScope, webhook_id: string): Promise<TenantId> {
    const tenant_id = await this.db.run(scope, (tx) => consoleRows.tenantOf(tx, webhook_id));
    if (tenant_id === null) throw fail('not_found');
    return idOf<TenantId>(tenant_id);
  }
}

const laneOut = ({ next_at, failing_since, parked_by, ...row }: LaneRow): LaneOut => ({
  ...row,
  parked_by: [...parked_by],
  next_at: next_at?.toISOString() ?? null,
  failing_since: failing_since?.toISOString() ?? null,
});
