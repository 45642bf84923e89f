import { queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { ok, publicApi, type Api } from '../../lib/api';
import { hasCode } from '../../lib/errors';
import { tenantKey } from '../../lib/queries';
import type { Plan, Subscription } from '../../lib/types';
import { useTenant, type TenantHere } from '../../components/can/tenant-context';

/** Null: there is none yet. */
export const subscriptionQuery = (here: TenantHere) =>
  queryOptions({
    queryKey: tenantKey(here.tenant_id, 'subscription'),
    queryFn: ({ signal }): Promise<Subscription | null> =>
      ok(here.api.GET('/api/v1/subscription', { signal })).catch((cause: unknown) => {
        if (hasCode(cause, 'not_found')) return null;
        throw cause;
      }),
  });

export const plansQuery = queryOptions({
  queryKey: ['public', null, 'plans'],
  queryFn: async ({ signal }) => (await ok(publicApi.GET('/api/v1/plans', { params: { query: { limit: 100 } }, signal }))).data as Plan[],
  staleTime: 5 * 60_000,
});

export interface AddOn {
  plan_code: string;
  quantity: number;
}
export const startSubscription = (api: Api, body: { plan_code: string; interval: Subscription['interval']; items: AddOn[] }, key: string) =>
  ok(api.POST('/api/v1/subscription', { body, headers: { 'Idempotency-Key': key } }));
export const changeSubscription = (api: Api, body: { plan_code?: string; items?: AddOn[]; cancel_at_period_end?: boolean }) =>
  ok(api.PATCH('/api/v1/subscription', { body }));

/** A plan opens modules and moves limits: what the frame shows is read again with it. */
export function useSubscriptionChange() {
  const here = useTenant();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (change: (api: Api) => Promise<unknown>) => change(here.api),
    onSuccess: () =>
      Promise.all(
        ['subscription', 'entitlements', 'settings', 'me'].map((what) =>
          queries.invalidateQueries({ queryKey: tenantKey(here.tenant_id, what) }),
        ),
      ),
  });
}
