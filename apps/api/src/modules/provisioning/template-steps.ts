import type { ProvisioningStep } from '#platform/modules/index.js';
import { AuditService } from '../audit/index.js';

/** Steps of the pipeline that add what is missing and touch nothing that is there, so that they may run on a tenant that lives. */
export const TEMPLATE_STEP_KEYS: ReadonlySet<string> = new Set(['roles', 'modules', 'settings']);

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** Says what was added; nothing, when there was nothing to add. */
export const TEMPLATE_APPLIED: ProvisioningStep = {
  key: 'applied',
  after: [],
  timeout_ms: 10_000,
  kind: 'database',
  run: async (tx, { tenant_id, input, outputs, services }) => {
    const added = {
      modules: listOf(outputs['modules']?.['modules']),
      features: listOf(outputs['modules']?.['features']),
      settings: listOf(outputs['settings']?.['settings']),
    };
    const changes = Object.entries(added).flatMap(([field, to]) => (to.length ? [{ field, to }] : []));
    if (changes.length === 0) return { added: 0 };
    await services.get(AuditService).recordStaffAct(tx, 'tenant.template_applied', {
      targets: [{ type: 'tenant', id: tenant_id }],
      changes: [{ field: 'template_code', to: input['template_code'] }, ...changes],
    });
    return { added: changes.reduce((n, { to }) => n + to.length, 0) };
  },
};
