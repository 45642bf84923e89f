import type { TenantId } from '#contracts/ids.js';
import type { Tx } from '#platform/db/index.js';
import type { StepContext } from '#platform/modules/index.js';
import { JobError } from '#platform/queue/index.js';
import { Storage, tenantPrefixes, type ListedObject } from '#platform/storage/index.js';
import { AuditService } from '../audit/index.js';
import { TenantLifecycle, Tenants } from '../tenants/index.js';
import { deletionOrder } from './deletion-order.js';
import type { JobStep, StepOutput } from './job-kinds.js';
import { purgeStatements } from './purge.repository.js';
import { systemInTenant } from './tenant-check.js';

const BATCH_ROWS = 5_000;
const OBJECTS_MS = 600_000;

/**
 * What a purge is made of. Nothing is taken back: it only goes forward, and a repeat finds less to do. Counted is
 * before or together with deleting, so a purge that was killed on its way ends with the certificate it would have had.
 */
export const PURGE_STEPS: readonly JobStep[] = [
  { key: 'count_objects', after: [], timeout_ms: OBJECTS_MS, kind: 'external', run: async (context) => ({ objects: await forEachObject(context, () => Promise.resolve()) }) },
  { key: 'objects', after: [], timeout_ms: OBJECTS_MS, kind: 'external', run: async (context) => ({ deleted: await forEachObject(context, (storage, { key }) => storage.delete(systemInTenant(context.tenant_id), key)) }) },
  { key: 'rows', timeout_ms: 60_000, kind: 'batches', batch: deleteRows },
  { key: 'certificate', after: [], timeout_ms: 60_000, kind: 'database', run: bury },
]; // prettier-ignore

async function forEachObject(
  { tenant_id, services, signal }: StepContext,
  act: (storage: Storage, object: ListedObject) => Promise<void>,
): Promise<number> {
  const storage = services.get(Storage);
  let n = 0;
  for (const prefix of tenantPrefixes(tenant_id as TenantId)) {
    let cursor: string | null = null;
    do {
      signal.throwIfAborted();
      const page: Awaited<ReturnType<Storage['list']>> = await storage.list(systemInTenant(tenant_id), prefix, { cursor });
      for (const object of page.objects) await act(storage, object);
      n += page.objects.length;
      cursor = page.next_cursor;
    } while (cursor !== null);
  }
  return n;
}

/**
 * Some thousand rows, children before parents. Each batch begins at the first table again: what somebody wrote behind its back is found,
 * and the step ends with a pass that found nothing.
 */
async function deleteRows(
  tx: Tx,
  { tenant_id, services }: StepContext,
  done: StepOutput,
): Promise<{ finished: boolean; done: StepOutput }> {
  if ((await services.get(Tenants).locked(tx, tenant_id)).status !== 'purging')
    throw new JobError('tenant_lives', 'The tenant is not being purged.', { final: true });
  const rows = { ...(done['rows'] as Record<string, number> | undefined) };
  let left = BATCH_ROWS;
  for (const table of deletionOrder((await purgeStatements.tables(tx)).filter(({ deletable }) => deletable))) {
    if (left <= 0) break;
    const n = await purgeStatements.purge(tx, tenant_id, table, left);
    if (n > 0) rows[table] = (rows[table] ?? 0) + n;
    left -= n;
  }
  return { finished: left === BATCH_ROWS, done: { rows } };
}

async function bury(tx: Tx, { tenant_id, provisioning_job_id, outputs, services }: StepContext): Promise<StepOutput> {
  const kept: Record<string, number> = {};
  for (const { table_name, deletable } of await purgeStatements.tables(tx)) {
    const n = deletable ? 0 : await purgeStatements.count(tx, tenant_id, table_name);
    if (n > 0) kept[table_name] = n;
  }
  const jobs = await purgeStatements.dropOtherJobs(tx, tenant_id, provisioning_job_id);
  if (jobs > 0) kept['provisioning_jobs'] = 1;
  const rows = { ...(outputs['rows']?.['rows'] as Record<string, number> | undefined), ...(jobs > 0 ? { provisioning_jobs: jobs } : {}) };
  const objects = outputs['count_objects']?.['objects'] ?? 0;
  const slug = await services.get(TenantLifecycle).bury(tx, tenant_id);
  await services.get(AuditService).recordStaffAct(tx, 'tenant.purged', {
    targets: [{ type: 'tenant', id: tenant_id, label: slug }],
    changes: [{ field: 'status', from: 'purging', to: 'deleted' }, { field: 'rows', to: rows }, { field: 'kept_rows', to: kept }, { field: 'objects', to: objects }], // prettier-ignore
  });
  return { tables: Object.keys(rows).length, objects };
}
