import { Injectable } from '@nestjs/common';
import { EVENT_CATALOGUE } from '#contracts/event-catalogue.js';
import { fail } from '#contracts/errors.js';
import type { AuthzContext } from '#platform/auth/index.js';
import { Clock } from '#platform/crypto/index.js';
import { TenantDb, type TenantScope, type Tx } from '#platform/db/index.js';
import type { ListOfQuery, ListRequest, Page } from '#platform/http/index.js';
import { AuditService } from '../../audit/index.js';
import { WebhookWake } from '../dispatch/webhook-wake.js';
import { Endpoints } from '../endpoints/endpoints.service.js';
import { laneRows } from '../endpoints/lanes.repository.js';
import { readsEvents } from '../endpoints/subscription-rights.js';
import { firstIdOf, idRange } from './id-range.js';
import type { DELIVERY_LIST, DeliveryDetailOut, DeliveryOut, EventBodyOut, StatsOut } from './deliveries.dto.js';
import { deliveryRows, type DeliveryRow } from './deliveries.repository.js';
import { DeliveryFeed } from './delivery-feed.js';
import { attemptOut, deliveryOut } from './delivery-out.js';

const WINDOWS = { '1h': 3_600_000, '24h': 86_400_000, '7d': 7 * 86_400_000 } as const;
export type StatsWindow = keyof typeof WINDOWS;

type Filters = Partial<ListOfQuery<typeof DELIVERY_LIST>['filters']>;

/** The log of deliveries, and what a person does to one of them. */
@Injectable()
export class Deliveries {
  constructor(
    private readonly db: TenantDb,
    private readonly endpoints: Endpoints,
    private readonly audit: AuditService,
    private readonly wake: WebhookWake,
    private readonly feed: DeliveryFeed,
    private readonly clock: Clock,
  ) {}

  /** Newest first. @param webhook_id null: of all endpoints */
  async list(scope: TenantScope, webhook_id: string | null, list: ListRequest<Filters>, status?: 'dlq'): Promise<Page<DeliveryOut>> {
    const { filters: f } = list;
    const { from_id, below_id } = idRange(f.since ?? null, f.until ?? null);
    const after = typeof list.after?.[0] === 'string' ? list.after[0] : below_id;
    const filters = {
      webhook_id,
      status: status ?? f.status ?? null,
      event_type: f.event_type ?? null,
      http_status: f.http_status ?? null,
      error_code: f.error_code ?? null,
      event_id: f.event_id ?? null,
      from_id,
      below_id: after < below_id ? after : below_id,
    };
    const rows = await this.db.run(scope, async (tx) => {
      if (webhook_id !== null) await this.endpoints.found(tx, webhook_id);
      return deliveryRows.list(tx, filters, list.take);
    });
    const page = list.page(rows, (row) => [row.delivery_id]);
    return { ...page, data: page.data.map(deliveryOut) };
  }

  /** With every send, and the body for whoever may read the event. */
  async get(scope: TenantScope, authz: AuthzContext, webhook_id: string, delivery_id: string): Promise<DeliveryDetailOut> {
    return this.db.run(scope, async (tx) => {
      const delivery = await this.found(tx, webhook_id, delivery_id);
      const attempts = await deliveryRows.attempts(tx, delivery_id);
      const isReader = mayRead(authz, delivery.event_type);
      const event = isReader ? await deliveryRows.event(tx, delivery.event_id) : null;
      const body = event && (JSON.parse(event.body) as EventBodyOut);
      return { ...deliveryOut(delivery), attempts_log: attempts.map(attemptOut), body, body_withheld: !isReader };
    });
  }

  /** The whole event, for consumers that were sent a thin one. @throws Problem not_found, permission_denied */
  async event(scope: TenantScope, authz: AuthzContext, event_id: string): Promise<EventBodyOut> {
    const event = await this.db.run(scope, (tx) => deliveryRows.event(tx, event_id));
    const entry = event && EVENT_CATALOGUE.get(event.event_type);
    if (!event || !entry) throw fail('not_found'); // one that no webhook carries is not there either
    if (!mayRead(authz, event.event_type)) throw fail('permission_denied', { permission: entry.requires });
    return JSON.parse(event.body) as EventBodyOut;
  }

  /** Sends it again, with a new count of failures. @throws Problem webhook_not_active, delivery_in_progress, event_expired */
  async retry(scope: TenantScope, webhook_id: string, delivery_id: string): Promise<DeliveryOut> {
    return this.db.run(scope, async (tx) => {
      const endpoint = await this.endpoints.locked(tx, webhook_id);
      const before = await this.locked(tx, webhook_id, delivery_id);
      if (before.status === 'pending' || before.status === 'delivering') throw fail('delivery_in_progress', { status: before.status });
      if (endpoint.status !== 'active') throw fail('webhook_not_active', { status: endpoint.status });
      if (!(await deliveryRows.event(tx, before.event_id))) throw fail('event_expired');
      await deliveryRows.requeue(tx, delivery_id);
      await laneRows.wake(tx, webhook_id);
      await this.audit.record(tx, 'webhook.delivery_retried', {
        targets: [{ type: 'webhook_delivery', id: delivery_id }, { type: 'webhook', id: webhook_id }],
        changes: [{ field: 'status', from: before.status, to: 'pending' }],
      }); // prettier-ignore
      tx.afterCommit(() => this.wake.kick());
      return this.told(tx, await this.found(tx, webhook_id, delivery_id));
    });
  }

  /** What waits is not sent. @throws Problem delivery_in_progress, delivery_finished */
  async cancel(scope: TenantScope, webhook_id: string, delivery_id: string): Promise<DeliveryOut> {
    return this.db.run(scope, async (tx) => {
      await this.endpoints.locked(tx, webhook_id);
      const before = await this.locked(tx, webhook_id, delivery_id);
      if (before.status === 'delivering') throw fail('delivery_in_progress', { status: before.status });
      if (before.status !== 'pending' && before.status !== 'held') throw fail('delivery_finished', { status: before.status });
      await deliveryRows.cancel(tx, delivery_id);
      await this.audit.record(tx, 'webhook.delivery_cancelled', {
        targets: [{ type: 'webhook_delivery', id: delivery_id }, { type: 'webhook', id: webhook_id }],
        changes: [{ field: 'status', from: before.status, to: 'cancelled' }],
      }); // prettier-ignore
      return this.told(tx, await this.found(tx, webhook_id, delivery_id));
    });
  }

  async stats(scope: TenantScope, webhook_id: string, window: StatsWindow): Promise<StatsOut> {
    const from_id = firstIdOf(new Date(this.clock.now().getTime() - WINDOWS[window]));
    const stats = await this.db.run(scope, async (tx) => {
      await this.endpoints.found(tx, webhook_id);
      return deliveryRows.stats(tx, webhook_id, from_id);
    });
    const counts = { pending: 0, delivering: 0, success: 0, dlq: 0, held: 0, cancelled: 0, ...stats.counts };
    const ended = counts.success + counts.dlq;
    return {
      window,
      counts,
      success_rate: ended === 0 ? null : counts.success / ended,
      hours: stats.hours.map(({ at, success, dlq }) => ({ at: new Date(at).toISOString(), success, dlq })),
      p50_ms: stats.p50_ms,
      p95_ms: stats.p95_ms,
      oldest_pending_at: stats.oldest_pending_at?.toISOString() ?? null,
    };
  }

  /** After the commit, to whoever looks at the log. */
  private told(tx: Tx, delivery: DeliveryRow): DeliveryOut {
    const { tenant_id } = tx;
    if (tenant_id !== null) tx.afterCommit(() => this.feed.acted({ tenant_id, ...delivery }));
    return deliveryOut(delivery);
  }

  private async found(tx: Tx, webhook_id: string, delivery_id: string): Promise<DeliveryRow> {
    const delivery = await deliveryRows.find(tx, webhook_id, delivery_id);
    if (!delivery) throw fail('not_found');
    return delivery;
  }
  private async locked(tx: Tx, webhook_id: string, delivery_id: string): Promise<DeliveryRow> {
    if (!(await deliveryRows.lock(tx, webhook_id, delivery_id))) throw fail('not_found');
    return this.found(tx, webhook_id, delivery_id);
  }
}

const mayRead = ({ held }: AuthzContext, event_type: string): boolean => {
  const entry = EVENT_CATALOGUE.get(event_type);
  return entry !== undefined && readsEvents(held, entry.requires);
};
