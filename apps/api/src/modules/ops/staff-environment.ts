import { Injectable } from '@nestjs/common';
import { Config } from '#platform/config/index.js';
import { Clock, newId } from '#platform/crypto/index.js';
import { PlatformDb, type Tx } from '#platform/db/index.js';
import { Logger } from '#platform/logging/index.js';
import { AuditService, type AuditChange } from '../audit/index.js';
import { normalizeEmail } from '../identity/index.js';
import { staffTarget } from './staff-answers.js';
import { staffAccountRows, type EnvironmentRow } from './staff-members.repository.js';
import { StaffPasswords } from './staff-passwords.js';
import { startScope } from './staff-scope.js';
import { staffRows } from './staff.repository.js';

/**
 * OPS_ADMINS: the e-mails that the environment names are ops_admin, from one start to the next. It owns the accounts that it has made and
 * touches no other: a superuser whose address is on the list stays one.
 */
@Injectable()
export class EnvironmentStaff {
  constructor(
    private readonly db: PlatformDb,
    private readonly passwords: StaffPasswords,
    private readonly audit: AuditService,
    private readonly logger: Logger,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  async ensure(): Promise<void> {
    const wanted = new Set(this.config.ops_admins.map(normalizeEmail));
    const { made, ended } = await this.db.run(startScope('ops-admins'), async (tx) => {
      const known = await staffAccountRows.ofEnvironment(tx);
      const taken = await staffAccountRows.taken(tx, [...wanted]);
      const missing = [...wanted].filter((address) => !taken.has(address));
      for (const address of missing) await this.make(tx, address);
      for (const member of known)
        if (wanted.has(member.email_normalized)) await this.change(tx, member, { role: 'ops_admin', status: 'active' });
      const gone = known.filter(({ email_normalized, status }) => !wanted.has(email_normalized) && status === 'active');
      for (const member of gone) {
        await this.change(tx, member, { role: member.role, status: 'disabled' });
        await staffRows.revokeOthers(tx, member.platform_user_id, null, this.clock.now());
      }
      return { made: missing.length, ended: gone.length };
    });
    if (made + ended > 0) this.logger.security.warn({ made, ended }, 'OPS_ADMINS changed who belongs to the staff');
  }

  private async make(tx: Tx, email_normalized: string): Promise<void> {
    const display_name = email_normalized.split('@')[0] ?? email_normalized;
    const member = { platform_user_id: newId(), email_normalized, display_name, role: 'ops_admin', source: 'env' } as const;
    await staffAccountRows.insert(tx, member);
    await this.passwords.sendLink(tx, member, 'welcome');
    await this.audit.record(tx, 'staff.created', {
      targets: [staffTarget(member)],
      changes: [{ field: 'role', to: member.role }, { field: 'source', to: member.source }, { field: 'email', to: email_normalized }],
      reason: 'named by OPS_ADMINS',
    }); // prettier-ignore
  }

  private async change(tx: Tx, before: EnvironmentRow, to: Pick<EnvironmentRow, 'role' | 'status'>): Promise<void> {
    const changes = (['role', 'status'] as const).flatMap((field): AuditChange[] =>
      before[field] === to[field] ? [] : [{ field, from: before[field], to: to[field] }],
    );
    if (changes.length === 0) return;
    await staffAccountRows.update(tx, before.platform_user_id, { display_name: before.display_name, ...to });
    const reason = to.status === 'active' ? 'named by OPS_ADMINS' : 'no longer named by OPS_ADMINS';
    await this.audit.record(tx, 'staff.updated', { targets: [staffTarget(before)], changes, reason });
  }
}
