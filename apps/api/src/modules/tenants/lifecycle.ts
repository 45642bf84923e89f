import { Injectable } from '@nestjs/common';
import type { AuditAction } from '#contracts/audit-actions.js';
import { fail } from '#contracts/errors.js';
import { Clock } from '#platform/crypto/index.js';
import type { Tx } from '#platform/db/index.js';
import { Outbox } from '#platform/outbox/index.js';
import { RightsFeed } from '#platform/stream/index.js';
import { AuditService, type AuditChange } from '../audit/index.js';
import { hostRows } from './hosts.repository.js';
import { CachedTenantResolver } from './tenant-resolver.js';
import { mayMove, type TenantStatus } from './tenant-state.js';
import { tenantRows, type LockedTenant } from './tenants.repository.js';
import { Tenants } from './tenants.service.js';

/** So long an archived tenant can be taken back. */
const KEPT_MS = 30 * 86_400_000;

/**
 * The moves of a tenant that somebody decides: row, audit and event of each, in the caller's transaction inside the tenant. What the staff
 * and the system do stands in the tenant's log and in the platform's, what an owner does in the tenant's. Source: specs/tenancy.md §5.2.
 */
@Injectable()
export class TenantLifecycle {
  constructor(
    private readonly tenants: Tenants,
    private readonly resolver: CachedTenantResolver,
    private readonly audit: AuditService,
    private readonly outbox: Outbox,
    private readonly clock: Clock,
    private readonly feed: RightsFeed,
  ) {}

  async suspend(tx: Tx, tenant_id: string, reason: string): Promise<void> {
    await this.move(tx, tenant_id, ['active'], 'suspended', 'tenant.suspended', reason);
    await this.outbox.emit(tx, { type: 'tenant.suspended', subject_id: tenant_id, data: { tenant_id, reason } });
  }

  async resume(tx: Tx, tenant_id: string, reason: string): Promise<void> {
    await this.move(tx, tenant_id, ['suspended'], 'active', 'tenant.resumed', reason);
    await this.outbox.emit(tx, { type: 'tenant.resumed', subject_id: tenant_id, data: { tenant_id, reason } });
  }

  /** Closed at once; after thirty days it is purged. @returns when */
  async archive(tx: Tx, tenant_id: string, reason: string | null): Promise<Date> {
    const delete_after = new Date(this.clock.now().getTime() + KEPT_MS);
    await this.move(tx, tenant_id, ['active', 'suspended'], 'archived', 'tenant.archived', reason, delete_after);
    await this.outbox.emit(tx, {
      type: 'tenant.archived',
      subject_id: tenant_id,
      data: { tenant_id, delete_after: delete_after.toISOString() },
    });
    return delete_after;
  }

  /** Until the date only: what is due is as good as gone. */
  async restore(tx: Tx, tenant_id: string, reason: string | null): Promise<void> {
    const { status, delete_after } = await this.tenants.locked(tx, tenant_id);
    if (status === 'archived' && delete_after && delete_after <= this.clock.now())
      throw fail('invalid_transition', { from: status, to: 'active', reason: 'delete_after' });
    await this.move(tx, tenant_id, ['archived'], 'active', 'tenant.restored', reason);
    await this.outbox.emit(tx, { type: 'tenant.restored', subject_id: tenant_id, data: { tenant_id } });
  }

  async setReadOnly(tx: Tx, tenant_id: string, read_only: boolean, reason: string): Promise<void> {
    const before = await this.tenants.locked(tx, tenant_id);
    if (before.status !== 'active' && before.status !== 'suspended')
      throw fail('invalid_transition', { from: before.status, to: 'read_only' });
    if (before.read_only === read_only) return;
    await tenantRows.setReadOnly(tx, tenant_id, read_only);
    await this.tell(tx, 'tenant.read_only_set', tenant_id, [{ field: 'read_only', from: before.read_only, to: read_only }], reason);
    await this.outbox.emit(tx, {
      type: 'tenant.updated',
      subject_id: tenant_id,
      data: { tenant_id, name: before.name, changed: ['read_only'] },
    });
  }

  async setLegalHold(tx: Tx, tenant_id: string, legal_hold: boolean, reason: string): Promise<void> {
    const before = await this.tenants.locked(tx, tenant_id);
    mustNotBeGone(before);
    if (before.legal_hold === legal_hold) return;
    await tenantRows.setLegalHold(tx, tenant_id, legal_hold);
    await this.tell(tx, 'tenant.legal_hold_set', tenant_id, [{ field: 'legal_hold', from: before.legal_hold, to: legal_hold }], reason);
  }

  /** Name and slug, by staff. */
  async rename(tx: Tx, tenant_id: string, patch: { readonly name?: string; readonly slug?: string }): Promise<void> {
    const before = await this.tenants.locked(tx, tenant_id);
    mustNotBeGone(before);
    const slug = patch.slug?.trim().toLowerCase();
    const changes: AuditChange[] = [
      ...(patch.name !== undefined && patch.name !== before.name ? [{ field: 'name', from: before.name, to: patch.name }] : []),
      ...(slug !== undefined && slug !== before.slug ? [{ field: 'slug', from: before.slug, to: slug }] : []),
    ];
    if (changes.length === 0) return;
    if (slug !== undefined && slug !== before.slug) await this.tenants.rename(tx, tenant_id, before, slug);
    if (patch.name !== undefined) await tenantRows.update(tx, tenant_id, { name: patch.name });
    await this.tell(tx, 'tenant.updated', tenant_id, changes, null);
    await this.outbox.emit(tx, {
      type: 'tenant.updated',
      subject_id: tenant_id,
      data: { tenant_id, name: patch.name ?? before.name, changed: changes.map(({ field }) => field) },
    });
    tx.afterCommit(() => this.resolver.forget());
  }

  /** From here on nobody takes it back. @throws Problem invalid_transition, also under a legal hold */
  async startPurge(tx: Tx, tenant_id: string, provisioning_job_id: string, reason: string): Promise<void> {
    const before = await this.mustBePurgeable(tx, tenant_id);
    await tenantRows.setStatus(tx, tenant_id, { status: 'purging', reason, last_error: null, delete_after: before.delete_after });
    const changes = [{ field: 'status', from: 'archived', to: 'purging' }, { field: 'provisioning_job_id', to: provisioning_job_id }]; // prettier-ignore
    await this.tell(tx, 'tenant.purge_started', tenant_id, changes, reason);
  }

  /** Locked. @throws Problem invalid_transition, of an archived tenant { reason: 'legal_hold' } */
  async mustBePurgeable(tx: Tx, tenant_id: string): Promise<LockedTenant> {
    const tenant = await this.tenants.locked(tx, tenant_id);
    const { status, legal_hold } = tenant;
    if (status !== 'archived') throw fail('invalid_transition', { from: status, to: 'purging' });
    if (legal_hold) throw fail('invalid_transition', { from: status, to: 'purging', reason: 'legal_hold' });
    return tenant;
  }

  /** The last act of a purge: a row that says that there was a tenant. Slug and hosts rest. @returns the slug it had */
  async bury(tx: Tx, tenant_id: string): Promise<string> {
    const { status, slug } = await this.tenants.locked(tx, tenant_id);
    if (!mayMove(status, 'deleted')) throw fail('invalid_transition', { from: status, to: 'deleted' });
    const now = this.clock.now();
    await tenantRows.erase(tx, tenant_id);
    await tenantRows.setSlug(tx, tenant_id, `deleted-${tenant_id}`);
    await tenantRows.restSlug(tx, slug, tenant_id, now);
    await hostRows.releaseAll(tx, tenant_id, now);
    tx.afterCommit(() => this.resolver.forget());
    return slug;
  }

  private async move(
    tx: Tx,
    tenant_id: string,
    from: readonly TenantStatus[],
    to: TenantStatus,
    action: AuditAction,
    reason: string | null,
    delete_after: Date | null = null,
  ): Promise<void> {
    const before = await this.tenants.locked(tx, tenant_id);
    // The source is named beside the table of moves: an archived tenant, say, is restored and not resumed.
    if (!from.includes(before.status) || !mayMove(before.status, to)) throw fail('invalid_transition', { from: before.status, to });
    await tenantRows.setStatus(tx, tenant_id, { status: to, reason, last_error: null, delete_after });
    const dates = before.delete_after || delete_after ? [{ field: 'delete_after', from: before.delete_after?.toISOString() ?? null, to: delete_after?.toISOString() ?? null }] : []; // prettier-ignore
    await this.tell(tx, action, tenant_id, [{ field: 'status', from: before.status, to }, ...dates], reason);
  }

  /** The log, and whoever has the tenant open. */
  private tell(tx: Tx, action: AuditAction, tenant_id: string, changes: AuditChange[], reason: string | null): Promise<void> {
    this.feed.changed(tx, tenant_id);
    const entry = { targets: [{ type: 'tenant', id: tenant_id }] as const, changes, ...(reason ? { reason } : {}) };
    const { type } = tx.scope.actor;
    return type === 'user' || type === 'api_key'
      ? this.audit.record(tx, action, { ...entry, targets: [...entry.targets] })
      : this.audit.recordStaffAct(tx, action, { ...entry, targets: [...entry.targets] });
  }
}

function mustNotBeGone({ status }: LockedTenant): void {
  if (status === 'purging' || status === 'deleted') throw fail('invalid_transition', { from: status, to: status });
}
