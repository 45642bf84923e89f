import { Injectable } from '@nestjs/common';
import { Problem } from '#contracts/errors.js';
import { Clock } from '#platform/crypto/index.js';
import { sqlState, TenantDb, type TenantScope, type Tx } from '#platform/db/index.js';
import { AuditService, type AuditEntry } from '../audit/index.js';
import { refusalScope } from './rbac-scopes.js';

const MINUTE_MS = 60_000;
const REMEMBERED = 10_000;

/**
 * One change of rights: the transaction, and, when the grant rule or the last-administrator rule refuses it, the audit event of the
 * refusal in a transaction of its own (the change's was rolled back). At most one event a minute for each person and kind: a flood of
 * refusals must not fill a log that is kept for years.
 */
@Injectable()
export class GuardedChanges {
  private readonly noted = new Map<string, number>();

  constructor(
    private readonly db: TenantDb,
    private readonly audit: AuditService,
    private readonly clock: Clock,
  ) {}

  async run<T>(
    scope: TenantScope,
    about: { readonly role_id?: string; readonly user_id?: string },
    work: (tx: Tx) => Promise<T>,
  ): Promise<T> {
    try {
      return await this.db.run(scope, work);
    } catch (error) {
      await this.refused(scope, about, error);
      throw error;
    }
  }

  /** Notes the refusal of a part that did not end the whole; `run` notes its own. */
  async refused(scope: TenantScope, about: { readonly role_id?: string; readonly user_id?: string }, error: unknown): Promise<void> {
    if (error instanceof Problem && error.code === 'grant_exceeds_own') {
      const changes = [{ field: 'missing', to: error.extras['missing'] }];
      await this.note(scope, 'rbac.grant_refused', {
        targets: [{ type: 'role', id: about.role_id ?? 'none' }],
        outcome: 'denied',
        changes,
      });
    } else if ((error instanceof Problem && error.code === 'last_admin') || sqlState(error) === 'TN001') {
      await this.note(scope, 'rbac.last_admin_kept', {
        targets: [{ type: 'member', id: about.user_id ?? scope.actor.id }],
        outcome: 'denied',
      });
    }
  }

  private async note(scope: TenantScope, action: 'rbac.grant_refused' | 'rbac.last_admin_kept', entry: AuditEntry): Promise<void> {
    const key = `${scope.tenant_id} ${scope.actor.id} ${action}`;
    const now = this.clock.now().getTime();
    if (now - (this.noted.get(key) ?? Number.NEGATIVE_INFINITY) < MINUTE_MS) return;
    if (this.noted.size >= REMEMBERED) this.noted.clear();
    this.noted.set(key, now);
    await this.db.run(refusalScope(scope), (tx) => this.audit.record(tx, action, entry));
  }
}
