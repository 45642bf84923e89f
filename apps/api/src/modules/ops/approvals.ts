import { Injectable } from '@nestjs/common';
import { fail } from '#contracts/errors.js';
import { idOf, type TenantId } from '#contracts/ids.js';
import { STAFF_ROLES, type PlatformPermission, type StaffRole } from '#contracts/permissions.js';
import { Clock, newId } from '#platform/crypto/index.js';
import { PlatformDb, type PlatformScope, type TxInTenant } from '#platform/db/index.js';
import type { ListOfQuery, Page } from '#platform/http/index.js';
import { AuditService } from '../audit/index.js';
import { approvalDecision, approvalWindow } from './approval-decision.js';
import type { APPROVAL_LIST, ApprovalOut } from './approvals.dto.js';
import { approvalRows, type ApprovalRow } from './approvals.repository.js';

/** Acts on a tenant that need a second person, and what that person has to hold: what the route asks for. */
const ACTS = { 'tenant.purge': 'platform:purge', 'tenant.legal_hold_off': 'platform:tenants' } as const satisfies Record<
  string,
  PlatformPermission
>;
export type ActOfTwo = keyof typeof ACTS;

/** Two people do what cannot be taken back: the first call asks, the same call by somebody else goes through. */
@Injectable()
export class Approvals {
  constructor(
    private readonly db: PlatformDb,
    private readonly audit: AuditService,
    private readonly clock: Clock,
  ) {}

  /**
   * In the transaction of the act, under the tenant's lock. Somebody who could not be joined by anybody waits a day instead, so that it can
   * be seen and cancelled.
   * @returns null: go on, two have agreed; otherwise what waits now. @throws Problem same_person { not_before, expires_at }
   */
  async ask(tx: TxInTenant, act: ActOfTwo, reason: string): Promise<ApprovalOut | null> {
    const { actor } = tx.scope;
    const now = this.clock.now();
    const open = await approvalRows.lockOpen(tx, act, tx.tenant_id);
    const others = await approvalRows.others(tx, rolesWith(ACTS[act]), actor.id);
    const is_person = actor.type === 'platform_staff' && actor.auth_method !== 'bootstrap_token';
    const decision = approvalDecision({ open, actor_id: actor.id, is_person, others }, now);
    if (decision === 'ask') {
      if (open) await approvalRows.decide(tx, open.approval_id, 'expired', null, now);
      return this.open(tx, act, reason, others, now);
    }
    if (!open || decision === 'same_person')
      throw fail('same_person', { not_before: open?.not_before.toISOString(), expires_at: open?.expires_at.toISOString() });
    await approvalRows.decide(tx, open.approval_id, 'given', actor.id, now);
    await this.audit.recordStaffAct(tx, 'approval.given', {
      targets: [{ type: 'approval', id: open.approval_id }],
      changes: [
        { field: 'act', to: act },
        { field: 'requested_by', to: open.requested_by },
      ],
      reason,
    });
    return null;
  }

  async list(scope: PlatformScope, list: ListOfQuery<typeof APPROVAL_LIST>): Promise<Page<ApprovalOut>> {
    const after = (list.after?.[0] as string | undefined) ?? null;
    const rows = await this.db.run(scope, (tx) => approvalRows.list(tx, this.clock.now(), after, list.take));
    const page = list.page(rows, (row) => [row.approval_id]);
    return { ...page, data: page.data.map(approvalOut) };
  }

  /** By anybody who could have asked: not to do something needs one person. @throws Problem not_found, invalid_state */
  async cancel(scope: PlatformScope, approval_id: string): Promise<void> {
    // One statement before the transaction: an Idempotency-Key belongs to the one that changes something.
    const found = await approvalRows.find({ query: (statement, params) => this.db.query(scope, statement, params) }, approval_id);
    if (!found) throw fail('not_found');
    await this.db.inTenant(scope, idOf<TenantId>(found.subject_id), async (tx) => {
      if (!(await approvalRows.decide(tx, approval_id, 'cancelled', scope.actor.id, this.clock.now())))
        throw fail('invalid_state', { state: found.state });
      await this.audit.recordStaffAct(tx, 'approval.cancelled', {
        targets: [{ type: 'approval', id: approval_id }],
        changes: [{ field: 'act', to: found.act }],
      });
    });
  }

  private async open(tx: TxInTenant, act: ActOfTwo, reason: string, others: number, now: Date): Promise<ApprovalOut> {
    const approval_id = newId();
    const window = approvalWindow(others, now);
    await approvalRows.insert(tx, { approval_id, act, subject_id: tx.tenant_id, reason, requested_by: tx.scope.actor.id, ...window });
    await this.audit.recordStaffAct(tx, 'approval.requested', {
      targets: [{ type: 'approval', id: approval_id }],
      changes: [
        { field: 'act', to: act },
        { field: 'not_before', to: window.not_before.toISOString() },
        { field: 'expires_at', to: window.expires_at.toISOString() },
      ],
      reason,
    });
    const row = await approvalRows.find(tx, approval_id);
    if (!row) throw fail('not_found');
    return approvalOut(row);
  }
}

const rolesWith = (permission: PlatformPermission): StaffRole[] =>
  (Object.keys(STAFF_ROLES) as StaffRole[]).filter((role) => STAFF_ROLES[role].includes(permission));

const approvalOut = ({ state: _, ...row }: ApprovalRow): ApprovalOut => ({
  ...row,
  not_before: row.not_before.toISOString(),
  expires_at: row.expires_at.toISOString(),
  created_at: row.created_at.toISOString(),
});
