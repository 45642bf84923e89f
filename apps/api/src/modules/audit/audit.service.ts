import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import type { AuditAction } from '#contracts/audit-actions.js';
import { fail } from '#contracts/errors.js';
import { TenantRefusals } from '#platform/auth/index.js';
import { newId, uuidTime } from '#platform/crypto/index.js';
import { PlatformDb, TenantDb, type PlatformScope, type TenantScope, type Tx } from '#platform/db/index.js';
import type { ListOfQuery, Page } from '#platform/http/index.js';
import { Metrics } from '#platform/metrics/index.js';
import type { AUDIT_LIST, AuditEventDetail, AuditEventOut, OPS_AUDIT_LIST } from './audit.dto.js';
import { auditRow, type AuditEntry } from './audit-entry.js';
import { isCommitment } from './canonical.js';
import { AuditRepository } from './audit.repository.js';
import type { AuditRecord } from './audit.types.js';
import { ReadLedger } from './read-ledger.js';

/** Rows of the platform itself stand under this tenant id, which no tenant can have. */
export const PLATFORM_SCOPE_ID = '00000000-0000-0000-0000-000000000000';

@Injectable()
export class AuditService {
  private readonly reads = new ReadLedger();

  constructor(
    private readonly repository: AuditRepository,
    private readonly db: TenantDb,
    private readonly platform: PlatformDb,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Writes who did what, in the caller's transaction: change and row commit together or not at all. Actor, request and tenant come from
   * the scope of the transaction; a platform transaction without a tenant writes into the platform's own log.
   */
  record(tx: Tx, action: AuditAction, entry: AuditEntry): Promise<void> {
    return this.write(tx, tx.tenant_id ?? PLATFORM_SCOPE_ID, action, entry);
  }

  /** What platform staff do inside a tenant: one row in the tenant's own log and one in the platform's. */
  async recordStaffAct(tx: Tx, action: AuditAction, entry: AuditEntry): Promise<void> {
    await this.record(tx, action, entry);
    await this.write(tx, PLATFORM_SCOPE_ID, action, entry);
  }

  /**
   * Takes away what the logs say of a person in words: name, address, place of work, in what they did and in what was done to them, in every
   * tenant where they were. Ids stay, and so do the commitments, so the log can be verified as before. On the platform pool, before the
   * account forgets its address. @returns how many events lost their personal values
   */
  erasePerson(tx: Tx, person: { readonly user_id: string; readonly email: string; readonly email_normalized: string }): Promise<number> {
    return this.repository.erase(tx, person, PLATFORM_SCOPE_ID);
  }

  private async write(tx: Tx, tenant_id: string, action: AuditAction, entry: AuditEntry): Promise<void> {
    const audit_event_id = newId();
    const { actor, request_id } = tx.scope;
    const occurred_at = uuidTime(audit_event_id) ?? new Date();
    const salt = randomBytes(16);
    const row = auditRow({ audit_event_id, occurred_at, tenant_id, action, actor, request_id, salt, entry });
    await this.repository.insert(tx, {
      params: [
        tenant_id, audit_event_id, occurred_at, action, row.severity, row.outcome, actor.type, actor.id, request_id, entry.store_id ?? null,
        JSON.stringify(row.targets), row.canonical, actor.type === 'user' ? actor.id : null, salt, JSON.stringify(row.personal),
      ], // prettier-ignore
    });
    tx.afterCommit(() => this.metrics.auditEvent(action.split('.')[0] ?? action, row.outcome));
  }

  async list(scope: TenantScope, list: ListOfQuery<typeof AUDIT_LIST>): Promise<Page<AuditEventOut>> {
    const rows = await this.repository.list(scope, list.filters, list.after, list.take);
    const filter = JSON.stringify(list.filters);
    if (this.reads.isNew(`${scope.tenant_id} ${scope.actor.id} ${filter}`))
      await this.db.run(scope, (tx) => this.record(tx, 'audit.read', { targets: [{ type: 'audit_log', id: scope.tenant_id }] }));
    const page = list.page(rows, (row) => [row.audit_event_id]);
    return { ...page, data: page.data.map(eventOut) };
  }

  async get(scope: TenantScope, audit_event_id: string): Promise<AuditEventDetail> {
    const row = await this.repository.find(scope, audit_event_id);
    if (!row) throw fail('not_found');
    return { ...eventOut(row), canonical: row.canonical, user_agent: row.personal?.['user_agent'] ?? null };
  }

  /** All tenants and the platform's own log, for staff. The read is audited each time. */
  async listAll(scope: PlatformScope, list: ListOfQuery<typeof OPS_AUDIT_LIST>): Promise<Page<AuditEventOut>> {
    const rows = await this.repository.listAll(scope, list.filters, list.after, list.take);
    await this.platform.run(scope, (tx) =>
      this.record(tx, 'ops.audit_read', { targets: [{ type: 'audit_log', id: list.filters.tenant_id ?? 'all' }] }),
    );
    const page = list.page(rows, (row) => [row.audit_event_id]);
    return { ...page, data: page.data.map(eventOut) };
  }
}

/** What stands where a personal value was that is gone: with the person, or with its time. */
const ERASED = 'erased';

function eventOut(row: AuditRecord): AuditEventOut {
  const event = JSON.parse(row.canonical) as {
    actor: { role?: string; label?: string };
    targets: { type: string; id: string; label?: string }[];
    changes?: { field: string; from?: unknown; to?: unknown }[];
    reason?: string;
    ip?: string;
  };
  const { personal } = row;
  // The canonical text holds a commitment where the value was personal; without its row the value is gone for good.
  const valueOf = (name: string, committed: unknown): unknown =>
    personal?.[name] ?? (personal === null && isCommitment(committed) ? ERASED : committed);
  const textOf = (name: string, committed: string | undefined): string | null =>
    personal?.[name] ?? (personal === null && committed !== undefined ? ERASED : null);
  return {
    audit_event_id: row.audit_event_id,
    tenant_id: row.tenant_id,
    occurred_at: row.occurred_at.toISOString(),
    action: row.action,
    severity: row.severity,
    outcome: row.outcome,
    actor: { type: row.actor_type, id: row.actor_id, label: textOf('actor.label', event.actor.label), role: event.actor.role ?? null },
    targets: event.targets.map(({ type, id, label }, i) => ({ type, id, label: textOf(`targets/${i}/label`, label) })),
    changes: (event.changes ?? []).map((change, i) => ({
      field: change.field,
      ...('from' in change ? { from: valueOf(`changes/${i}/from`, change.from) } : {}),
      ...('to' in change ? { to: valueOf(`changes/${i}/to`, change.to) } : {}),
    })),
    reason: event.reason ?? null,
    request_id: row.request_id,
    ip: textOf('ip', event.ip),
    store_id: row.store_id,
  };
}

/** A hint that names another tenant is an audit event of the credential's tenant: at most one a minute for each principal. */
@Injectable()
export class AuditedRefusals extends TenantRefusals {
  private readonly ledger = new ReadLedger(60_000);

  constructor(
    private readonly db: TenantDb,
    private readonly audit: AuditService,
  ) {
    super();
  }

  override async mismatch(scope: TenantScope): Promise<void> {
    if (!this.ledger.isNew(`${scope.tenant_id} ${scope.actor.id}`)) return;
    await this.db.run(scope, (tx) =>
      this.audit.record(tx, 'tenant.mismatch', { targets: [{ type: 'tenant', id: scope.tenant_id }], outcome: 'denied' }),
    );
  }
}
