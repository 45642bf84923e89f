import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { ok, type Api } from '../../lib/api';
import { tenantKey } from '../../lib/queries';
import type { Delivery, paths, WebhookInput } from '../../lib/types';
import { useTenant, type TenantHere } from '../../components/can/tenant-context';
import { SPANS_MS } from '../../components/audit-log/audit-query';

const key = (here: TenantHere, ...rest: readonly unknown[]) => tenantKey(here.tenant_id, 'webhooks', ...rest);
const one = (webhook_id: string) => ({ path: { webhook_id } });
const delivery = (webhook_id: string, delivery_id: string) => ({ path: { webhook_id, delivery_id } });
const LIVE_MS = 2_000;
/** A stream is a hint: a slow look stays beside it. */
const BESIDE_STREAM_MS = 30_000;
const CLOSE_MS = 1_000;
const CALM_MS = 5_000;
const DAY_FRESH_MS = 30_000;

export const webhooksQuery = (
  here: TenantHere,
  status: 'active' | 'paused' | 'disabled' | undefined,
  cursor: string | undefined,
  limit: number | undefined,
) =>
  queryOptions({
    queryKey: key(here, 'list', { status, cursor, limit }),
    queryFn: ({ signal }) => ok(here.api.GET('/api/v1/webhooks', { params: { query: { status, cursor, limit } }, signal })),
    placeholderData: keepPreviousData,
  });
export const webhookQuery = (here: TenantHere, id: string) =>
  queryOptions({
    queryKey: key(here, 'one', id),
    queryFn: ({ signal }) => ok(here.api.GET('/api/v1/webhooks/{webhook_id}', { params: one(id), signal })),
  });
export const eventTypesQuery = (here: TenantHere) =>
  queryOptions({
    queryKey: key(here, 'events'),
    queryFn: ({ signal }) => ok(here.api.GET('/api/v1/webhooks/events', { signal })),
    staleTime: 5 * 60_000,
  });
export const statsQuery = (here: TenantHere, id: string) =>
  queryOptions({
    queryKey: key(here, 'stats', id),
    queryFn: ({ signal }) =>
      ok(here.api.GET('/api/v1/webhooks/{webhook_id}/stats', { params: { ...one(id), query: { window: '24h' } }, signal })),
    refetchInterval: CALM_MS,
    staleTime: 0,
  });
/** The same figures for a row of the list: good enough for half a minute, so a page of webhooks asks once and not all the time. */
export const dayQuery = (here: TenantHere, id: string) =>
  queryOptions({ ...statsQuery(here, id), refetchInterval: false, staleTime: DAY_FRESH_MS });

/** Filters of the log as its address has them; `since` is relative. */
export interface DeliverySearch {
  readonly status?: Delivery['status'];
  readonly event_type?: string;
  readonly http_status?: string;
  readonly error_code?: string;
  readonly since?: string;
  readonly cursor?: string;
}
type DeliveryFilters = NonNullable<paths['/api/v1/webhooks/deliveries']['get']['parameters']['query']>;
/** What the API is asked: the span becomes an instant at the time of asking. */
export function deliveryFilters(search: DeliverySearch, now: number): DeliveryFilters {
  const span = search.since === undefined ? undefined : SPANS_MS[search.since];
  return {
    status: search.status,
    event_type: search.event_type,
    http_status: search.http_status === undefined ? undefined : Number(search.http_status),
    error_code: search.error_code,
    since: span === undefined ? undefined : new Date(now - span).toISOString(),
    cursor: search.cursor,
  };
}

/** How a list learns of what is new: it does not, it asks every two seconds while the page is visible, or a stream tells. */
export type Following = 'still' | 'poll' | 'live';
const FOLLOWING_MS: Readonly<Record<Following, number | false>> = { still: false, poll: LIVE_MS, live: BESIDE_STREAM_MS };

/** The log of one webhook, or of all. */
export const deliveriesQuery = (
  here: TenantHere,
  id: string | null,
  search: DeliverySearch,
  limit: number | undefined,
  following: Following,
) =>
  queryOptions({
    queryKey: key(here, 'deliveries', id, search, limit),
    queryFn: ({ signal }) => {
      const query = { ...deliveryFilters(search, Date.now()), limit };
      return id === null
        ? ok(here.api.GET('/api/v1/webhooks/deliveries', { params: { query }, signal }))
        : ok(here.api.GET('/api/v1/webhooks/{webhook_id}/deliveries', { params: { ...one(id), query }, signal }));
    },
    placeholderData: keepPreviousData,
    refetchInterval: FOLLOWING_MS[following],
    // Nobody looks at a hidden page.
    refetchIntervalInBackground: false,
  });
export const deliveryQuery = (here: TenantHere, id: string, delivery_id: string) =>
  queryOptions({
    queryKey: key(here, 'delivery', delivery_id),
    queryFn: ({ signal }) =>
      ok(here.api.GET('/api/v1/webhooks/{webhook_id}/deliveries/{delivery_id}', { params: delivery(id, delivery_id), signal })),
    refetchInterval: ({ state }) => (state.data?.status === 'pending' || state.data?.status === 'delivering' ? CLOSE_MS : false),
    staleTime: 0,
  });
export const jobsQuery = (here: TenantHere, id: string) =>
  queryOptions({
    queryKey: key(here, 'jobs', id),
    queryFn: ({ signal }) => ok(here.api.GET('/api/v1/webhooks/{webhook_id}/jobs', { params: one(id), signal })),
    refetchInterval: ({ state }) =>
      state.data?.data.some((job) => job.state === 'queued' || job.state === 'running') === true ? CLOSE_MS : false,
    staleTime: 0,
  });

export const createWebhook = (api: Api, body: WebhookInput, idempotency: string) =>
  ok(api.POST('/api/v1/webhooks', { body, headers: { 'Idempotency-Key': idempotency } }));
/** With the version that was read: a change of somebody else in between is told, not overwritten. */
export const updateWebhook = (api: Api, id: string, body: Partial<WebhookInput>, version: number) =>
  ok(api.PATCH('/api/v1/webhooks/{webhook_id}', { params: one(id), body, headers: { 'If-Match': `"${version}"` } }));
export const deleteWebhook = (api: Api, id: string) => ok(api.DELETE('/api/v1/webhooks/{webhook_id}', { params: one(id) }));
export const pauseWebhook = (api: Api, id: string) => ok(api.POST('/api/v1/webhooks/{webhook_id}/pause', { params: one(id) }));
export const resumeWebhook = (api: Api, id: string) => ok(api.POST('/api/v1/webhooks/{webhook_id}/resume', { params: one(id), body: {} }));
export const rotateSecret = (api: Api, id: string, overlap_s: number) =>
  ok(api.POST('/api/v1/webhooks/{webhook_id}/rotate-secret', { params: one(id), body: { overlap_s } }));
export const promoteSecret = (api: Api, id: string) => ok(api.POST('/api/v1/webhooks/{webhook_id}/promote-secret', { params: one(id) }));
export const testWebhook = (api: Api, id: string) => ok(api.POST('/api/v1/webhooks/{webhook_id}/test', { params: one(id), body: {} }));
export const replayDelivery = (api: Api, id: string, delivery_id: string) =>
  ok(api.POST('/api/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/retry', { params: delivery(id, delivery_id) }));
export const cancelDelivery = (api: Api, id: string, delivery_id: string) =>
  ok(api.POST('/api/v1/webhooks/{webhook_id}/deliveries/{delivery_id}/cancel', { params: delivery(id, delivery_id) }));
export const cancelJob = (api: Api, webhook_job_id: string) =>
  ok(api.POST('/api/v1/webhooks/jobs/{webhook_job_id}/cancel', { params: { path: { webhook_job_id } } }));

/** The body of the newest delivery, byte for byte; null when there is none, or none that the reader may see. */
export async function lastBody(api: Api, id: string): Promise<string | null> {
  const { data } = await ok(api.GET('/api/v1/webhooks/{webhook_id}/deliveries', { params: { ...one(id), query: { limit: 25 } } }));
  const [newest] = data;
  if (newest === undefined) return null;
  const { body } = await ok(
    api.GET('/api/v1/webhooks/{webhook_id}/deliveries/{delivery_id}', { params: delivery(id, newest.delivery_id) }),
  );
  return body === null ? null : JSON.stringify(body);
}

/** Which dead letters: the filters of the log, or those that were picked one by one. */
export type DeadLetters = Pick<DeliveryFilters, 'event_type' | 'http_status' | 'error_code' | 'since'> & { delivery_ids?: string[] };
export interface Recovery {
  readonly since: string;
  readonly statuses: ('dlq' | 'cancelled' | 'held' | 'success')[];
  readonly include_missing: boolean;
}
const countOf = (answer: object): number => ('count' in answer ? Number(answer.count) : 0);

export const countReplay = async (api: Api, id: string, filter: DeadLetters): Promise<number> =>
  countOf(await ok(api.POST('/api/v1/webhooks/{webhook_id}/dlq/replay', { params: one(id), body: { ...filter, dry_run: true } })));
export const replayDeadLetters = (api: Api, id: string, filter: DeadLetters) =>
  ok(api.POST('/api/v1/webhooks/{webhook_id}/dlq/replay', { params: one(id), body: filter }));
export const purgeDeadLetters = (api: Api, id: string, filter: DeadLetters, reason: string) =>
  ok(api.POST('/api/v1/webhooks/{webhook_id}/dlq/purge', { params: one(id), body: { ...filter, reason } }));
export const countRecovery = async (api: Api, id: string, body: Recovery): Promise<number> =>
  countOf(await ok(api.POST('/api/v1/webhooks/{webhook_id}/recover', { params: one(id), body: { ...body, dry_run: true } })));
export const recover = (api: Api, id: string, body: Recovery) =>
  ok(api.POST('/api/v1/webhooks/{webhook_id}/recover', { params: one(id), body }));

/** Everything about webhooks is read again. */
export function useWebhooksAgain() {
  const here = useTenant();
  const queries = useQueryClient();
  return () =>
    Promise.all(['webhooks', 'entitlements'].map((what) => queries.invalidateQueries({ queryKey: tenantKey(here.tenant_id, what) })));
}

/** Runs a change and reads again. The answer goes to the caller alone: it may hold a secret, no cache keeps it. */
export function useWebhookChange<T>() {
  const here = useTenant();
  const again = useWebhooksAgain();
  return useMutation({ mutationFn: (change: (api: Api) => Promise<T>) => change(here.api), gcTime: 0, onSuccess: again });
}
