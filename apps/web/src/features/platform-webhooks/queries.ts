import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { ok, platformApi } from '../../lib/api';
import { platformKey } from '../../lib/queries';
import type { paths } from '../../lib/types';

/** `limit` of the address is the table's matter. */
type LaneSearch = Omit<NonNullable<paths['/api/v1/ops/webhooks/lanes']['get']['parameters']['query']>, 'limit'>;
type Answered<T extends { queryFn?: unknown }> = T['queryFn'] extends ((...args: never[]) => infer R) | undefined ? Awaited<R> : never;
const LOOK_MS = 5_000;

export const fleetQuery = () =>
  queryOptions({
    queryKey: platformKey('webhooks', 'overview'),
    queryFn: ({ signal }) => ok(platformApi.GET('/api/v1/ops/webhooks', { signal })),
    refetchInterval: LOOK_MS,
  });
export type Fleet = Answered<ReturnType<typeof fleetQuery>>;

export const lanesQuery = ({ state, tenant_id, cursor }: LaneSearch, limit: number | undefined) =>
  queryOptions({
    queryKey: platformKey('webhooks', 'lanes', { state, tenant_id, cursor, limit }),
    queryFn: ({ signal }) =>
      ok(platformApi.GET('/api/v1/ops/webhooks/lanes', { params: { query: { state, tenant_id, cursor, limit } }, signal })),
    placeholderData: keepPreviousData,
    refetchInterval: LOOK_MS,
  });
export type Lane = Answered<ReturnType<typeof lanesQuery>>['data'][number];

export const parkedQuery = () =>
  queryOptions({
    queryKey: platformKey('webhooks', 'parked'),
    queryFn: ({ signal }) => ok(platformApi.GET('/api/v1/ops/webhooks/outbox/parked', { signal })),
    refetchInterval: LOOK_MS,
  });
export type ParkedPointer = Answered<ReturnType<typeof parkedQuery>>['data'][number];

export const tenantNamesQuery = () =>
  queryOptions({
    queryKey: platformKey('tenants', 'overview'),
    queryFn: ({ signal }) => ok(platformApi.GET('/api/v1/ops/tenants', { params: { query: { limit: 100 } }, signal })),
  });

const of = (webhook_id: string, reason: string) => ({ params: { path: { webhook_id } }, body: { reason } });
export const disableWebhook = (id: string, reason: string) =>
  ok(platformApi.POST('/api/v1/ops/webhooks/{webhook_id}/disable', of(id, reason)));
export const enableWebhook = (id: string, reason: string) =>
  ok(platformApi.POST('/api/v1/ops/webhooks/{webhook_id}/enable', of(id, reason)));
export const relayAgain = (event_id: string, reason: string) =>
  ok(platformApi.POST('/api/v1/ops/webhooks/outbox/{event_id}/retry', { params: { path: { event_id } }, body: { reason } }));

export function useFleetChange() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (change: () => Promise<unknown>) => change(),
    onSuccess: () => Promise.all(['webhooks', 'audit'].map((what) => queries.invalidateQueries({ queryKey: platformKey(what) }))),
  });
}
