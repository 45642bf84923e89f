import { Injectable } from '@nestjs/common';
import { fail } from '#contracts/errors.js';
import { Clock, newId } from '#platform/crypto/index.js';
import { PlatformDb, type PlatformScope, type Tx } from '#platform/db/index.js';
import type { ListOfQuery, Page } from '#platform/http/index.js';
import { MailService } from '#platform/mail/index.js';
import { AuditService, statedReason, type AuditChange } from '../audit/index.js';
import { normalizeEmail, SecondFactor } from '../identity/index.js';
import { staffTarget } from './staff-answers.js';
import type { STAFF_LIST, StaffIn, StaffOut, StaffPatch } from './staff-members.dto.js';
import { staffAccountRows, type StaffAccountRow } from './staff-members.repository.js';
import { StaffPasswords } from './staff-passwords.js';
import { STAFF_MFA } from './staff.mails.js';
import { staffRows } from './staff.repository.js';

/** Who belongs to the staff of the platform. All of it is a superuser's, and one superuser always stays. */
@Injectable()
export class StaffMembers {
  constructor(
    private readonly db: PlatformDb,
    private readonly passwords: StaffPasswords,
    private readonly factor: SecondFactor,
    private readonly audit: AuditService,
    private readonly mail: MailService,
    private readonly clock: Clock,
  ) {}

  async list(scope: PlatformScope, list: ListOfQuery<typeof STAFF_LIST>): Promise<Page<StaffOut>> {
    const after = (list.after?.[0] as string | undefined) ?? null;
    const rows = await this.db.run(scope, (tx) => staffAccountRows.list(tx, list.filters, after, list.take));
    const page = list.page(rows, (row) => [row.platform_user_id]);
    return { ...page, data: page.data.map(staffOut) };
  }

  get(scope: PlatformScope, platform_user_id: string): Promise<StaffOut> {
    return this.db.run(scope, async (tx) => staffOut(await this.found(tx, platform_user_id)));
  }

  /** With a link to choose a password. @throws Problem email_taken, reason_required */
  async create(scope: PlatformScope, input: StaffIn): Promise<StaffOut> {
    const reason = statedReason(input.reason);
    const email_normalized = normalizeEmail(input.email);
    const display_name = input.display_name?.trim() || (email_normalized.split('@')[0] ?? '');
    const member = { platform_user_id: newId(), email_normalized, display_name, role: input.role, source: 'staff' as const };
    return this.db.run(scope, async (tx) => {
      await staffAccountRows.insert(tx, member);
      await this.passwords.sendLink(tx, member, 'welcome');
      await this.audit.record(tx, 'staff.created', {
        targets: [staffTarget(member)],
        changes: [{ field: 'role', to: member.role }, { field: 'source', to: member.source }, { field: 'email', to: email_normalized }],
        reason,
      }); // prettier-ignore
      return staffOut(await this.found(tx, member.platform_user_id));
    });
  }

  /** Holds on the member's next request. @throws Problem last_superuser, reason_required */
  async update(scope: PlatformScope, platform_user_id: string, patch: StaffPatch): Promise<StaffOut> {
    const reason = patch.role === undefined && patch.status === undefined ? undefined : statedReason(patch.reason);
    return this.db.run(scope, async (tx) => {
      // Before the member's own row: two changes at once take the rows in one order.
      const superusers = await staffAccountRows.superusers(tx);
      const before = await this.locked(tx, platform_user_id);
      const to = {
        display_name: patch.display_name?.trim() || before.display_name,
        role: patch.role ?? before.role,
        status: patch.status ?? before.status,
      };
      const staysSuperuser = to.role === 'superuser' && to.status === 'active';
      if (!staysSuperuser && superusers.length === 1 && superusers[0] === platform_user_id) throw fail('last_superuser');
      await staffAccountRows.update(tx, platform_user_id, to);
      if (to.status === 'disabled') await staffRows.revokeOthers(tx, platform_user_id, null, this.clock.now());
      const changes = (['role', 'status'] as const).flatMap((field): AuditChange[] =>
        before[field] === to[field] ? [] : [{ field, from: before[field], to: to[field] }],
      );
      if (changes.length)
        await this.audit.record(tx, 'staff.updated', { targets: [staffTarget(before)], changes, ...(reason ? { reason } : {}) });
      return staffOut(await this.found(tx, platform_user_id));
    });
  }

  /** Another one's, never one's own: whoever lost theirs cannot sign in to ask. @throws Problem permission_denied, reason_required */
  async resetMfa(scope: PlatformScope, platform_user_id: string, given: string | undefined): Promise<void> {
    const reason = statedReason(given);
    if (scope.actor.id === platform_user_id) throw fail('permission_denied');
    await this.db.run(scope, async (tx) => {
      const member = await this.locked(tx, platform_user_id);
      await this.factor.remove(tx, { realm: 'platform', id: platform_user_id });
      await staffRows.forgetFactor(tx, platform_user_id);
      await staffRows.revokeOthers(tx, platform_user_id, null, this.clock.now());
      const { email_normalized: to, display_name } = member;
      await this.mail.send(tx, { to, template: STAFF_MFA, params: { display_name, what: 'reset' }, reason: 'platform.mfa_reset' });
      await this.audit.record(tx, 'platform.mfa_reset', { targets: [staffTarget(member)], reason });
    });
  }

  private async found(tx: Tx, platform_user_id: string): Promise<StaffAccountRow> {
    const row = await staffAccountRows.find(tx, platform_user_id);
    if (!row) throw fail('not_found');
    return row;
  }

  private async locked(tx: Tx, platform_user_id: string): Promise<StaffAccountRow> {
    const row = await staffAccountRows.lock(tx, platform_user_id);
    if (!row) throw fail('not_found');
    return row;
  }
}

const staffOut = (row: StaffAccountRow): StaffOut => ({
  platform_user_id: row.platform_user_id,
  email: row.email_normalized,
  display_name: row.display_name,
  role: row.role,
  source: row.source,
  status: row.status,
  has_password: row.has_password,
  mfa_enabled: row.mfa_enabled,
  created_at: row.created_at.toISOString(),
  last_login_at: row.last_login_at?.toISOString() ?? null,
});
