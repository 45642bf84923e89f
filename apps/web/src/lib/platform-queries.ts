/** Small lists of the platform that several of its screens show. */
import { queryOptions } from '@tanstack/react-query';
import { ok, platformApi } from './api';
import { platformKey } from './queries';

const ALL = { query: { limit: 100 } };

export const plansQuery = queryOptions({
  queryKey: platformKey('plans', 'all'),
  queryFn: ({ signal }) => ok(platformApi.GET('/api/v1/platform/plans', { params: ALL, signal })),
});
export const templatesQuery = queryOptions({
  queryKey: platformKey('templates', 'all'),
  queryFn: ({ signal }) => ok(platformApi.GET('/api/v1/platform/templates', { params: ALL, signal })),
});
