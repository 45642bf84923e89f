import { keepPreviousData, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { ok, openStream, platformApi } from '../../lib/api';
import { platformKey } from '../../lib/queries';
import { readStream } from '../../lib/stream';
import type { JobState, paths } from '../../lib/types';

/** `limit` of the address is the table's matter. */
type Search = Omit<NonNullable<paths['/api/v1/ops/provisioning/jobs']['get']['parameters']['query']>, 'limit'>;
const OVER: readonly JobState[] = ['succeeded', 'failed', 'cancelled'];
const POLL_FIRST_MS = 1000;
const POLL_LAST_MS = 5000;

export const isOver = (state: JobState): boolean => OVER.includes(state);

export const jobsQuery = (search: Search, limit?: number) => {
  const query = { status: search.status, tenant_id: search.tenant_id, cursor: search.cursor, limit };
  return queryOptions({
    queryKey: platformKey('jobs', query),
    queryFn: ({ signal }) => ok(platformApi.GET('/api/v1/ops/provisioning/jobs', { params: { query }, signal })),
    placeholderData: keepPreviousData,
  });
};

/** `live`: the stream tells of each step, so no polling is needed. */
export const jobQuery = (id: string, live: boolean) =>
  queryOptions({
    queryKey: platformKey('jobs', 'one', id),
    queryFn: ({ signal }) =>
      ok(platformApi.GET('/api/v1/ops/provisioning/jobs/{provisioning_job_id}', { params: { path: { provisioning_job_id: id } }, signal })),
    refetchInterval: (query) => {
      if (query.state.data === undefined || isOver(query.state.data.state)) return false;
      // With a live stream a slow look stays as the safety net: a stream is a hint.
      return live ? POLL_LAST_MS : Math.min(POLL_LAST_MS, POLL_FIRST_MS + query.state.dataUpdateCount * 250);
    },
  });

/** Follows `provisioning:<id>` while the job runs. False: refused or not there, so the page polls. */
export function useJobStream(id: string, over: boolean): boolean {
  const queries = useQueryClient();
  const [live, setLive] = useState(false);
  useEffect(() => {
    if (over) return undefined;
    const stop = new AbortController();
    const refetch = (): void => void queries.invalidateQueries({ queryKey: platformKey('jobs', 'one', id) });
    void readStream({
      signal: stop.signal,
      open: async (lastId, signal) => {
        const response = await openStream('platform', null, [`provisioning:${id}`], lastId, signal);
        setLive(response !== null);
        return response;
      },
      onEvent: refetch,
      onGap: refetch,
    });
    return () => stop.abort();
  }, [id, over, queries]);
  return live;
}

export const retryJob = (id: string, reason: string) =>
  ok(
    platformApi.POST('/api/v1/ops/provisioning/jobs/{provisioning_job_id}/retry', {
      params: { path: { provisioning_job_id: id } },
      body: { reason },
    }),
  );
export const cancelJob = (id: string, reason: string) =>
  ok(
    platformApi.POST('/api/v1/ops/provisioning/jobs/{provisioning_job_id}/cancel', {
      params: { path: { provisioning_job_id: id } },
      body: { reason },
    }),
  );

export function useJobChange() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (change: () => Promise<unknown>) => change(),
    onSuccess: () => Promise.all(['jobs', 'tenants', 'audit'].map((what) => queries.invalidateQueries({ queryKey: platformKey(what) }))),
  });
}
