import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ok, platformApi } from '../../lib/api';
import { platformKey } from '../../lib/queries';
import type { paths, PlatformPlan, Template } from '../../lib/types';

type Body<Path extends keyof paths, Method extends 'post' | 'patch'> =
  paths[Path] extends Record<Method, { requestBody: { content: { 'application/json': infer B } } }> ? B : never;
export type NewTemplate = Body<'/api/v1/platform/templates', 'post'>;
type TemplatePatch = Body<'/api/v1/platform/templates/{template_code}', 'patch'>;
type PlanPatch = Body<'/api/v1/platform/plans/{plan_code}', 'patch'>;

/** With the version that was read: a change of somebody else in between is told, not overwritten. */
const ifMatch = (row_version: number) => ({ 'If-Match': `"${row_version}"` });

export const updatePlan = ({ plan_code, row_version }: PlatformPlan, body: PlanPatch) =>
  ok(platformApi.PATCH('/api/v1/platform/plans/{plan_code}', { params: { path: { plan_code } }, body, headers: ifMatch(row_version) }));

export const createTemplate = (body: NewTemplate, key: string) =>
  ok(platformApi.POST('/api/v1/platform/templates', { body, headers: { 'Idempotency-Key': key } }));
export const updateTemplate = ({ template_code, row_version }: Template, body: TemplatePatch) =>
  ok(
    platformApi.PATCH('/api/v1/platform/templates/{template_code}', {
      params: { path: { template_code } },
      body,
      headers: ifMatch(row_version),
    }),
  );
export const deleteTemplate = (template_code: string) =>
  ok(platformApi.DELETE('/api/v1/platform/templates/{template_code}', { params: { path: { template_code } } }));

export function useCatalogueChange() {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (change: () => Promise<unknown>) => change(),
    onSuccess: () => Promise.all(['plans', 'templates', 'audit'].map((what) => queries.invalidateQueries({ queryKey: platformKey(what) }))),
  });
}
