import { Injectable } from '@nestjs/common';
import type { AuditAction } from '#contracts/audit-actions.js';
import { idOf, type TenantId } from '#contracts/ids.js';
import { PlatformDb, type PlatformScope, type Tx } from '#platform/db/index.js';
import { AuditService, type AuditEntry } from '../audit/index.js';

interface Done<T> {
  readonly result: T;
  readonly action: AuditAction;
  readonly entry: AuditEntry;
}

/**
 * Audit of what happens to an account and not inside one tenant: a row in each tenant that the person belongs to, so that its
 * administrators see it, or one in the platform's own log for somebody who belongs nowhere.
 */
@Injectable()
export class SignInAudit {
  constructor(
    private readonly db: PlatformDb,
    private readonly audit: AuditService,
  ) {}

  /** A change of the account with its audit rows. `change` and the row of the first tenant commit together; the others follow at once. */
  async around<T>(
    scope: PlatformScope,
    tenant_ids: readonly string[],
    change: (tx: Tx) => Promise<Done<T> | null>,
    /** For the rows of the other tenants, where `scope` carries an Idempotency-Key: that one has a single transaction. */
    further = scope,
  ): Promise<T | null> {
    const [first, ...others] = tenant_ids;
    const last: { done: Done<T> | null } = { done: null };
    // What the transaction returns is what a repeated request is answered with.
    const work = async (tx: Tx): Promise<T | null> => {
      last.done = await change(tx);
      if (last.done) await this.audit.record(tx, last.done.action, last.done.entry);
      return last.done ? last.done.result : null;
    };
    const result = await (first ? this.db.inTenant(scope, idOf<TenantId>(first), work) : this.db.run(scope, work));
    if (last.done) await this.rows(further, others, last.done.action, last.done.entry);
    return result;
  }

  /** One row, where the transaction is. */
  note(tx: Tx, action: AuditAction, entry: AuditEntry): Promise<void> {
    return this.audit.record(tx, action, entry);
  }

  /** Nothing changed, but it is to be known. */
  async record(scope: PlatformScope, tenant_ids: readonly string[], action: AuditAction, entry: AuditEntry): Promise<void> {
    if (tenant_ids.length) await this.rows(scope, tenant_ids, action, entry);
    else await this.db.run(scope, (tx) => this.audit.record(tx, action, entry));
  }

  private async rows(scope: PlatformScope, tenant_ids: readonly string[], action: AuditAction, entry: AuditEntry): Promise<void> {
    await Promise.all(
      tenant_ids.map((tenant_id) => this.db.inTenant(scope, idOf<TenantId>(tenant_id), (tx) => this.audit.record(tx, action, entry))),
    );
  }
}
