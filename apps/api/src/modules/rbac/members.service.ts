import { Injectable } from '@nestjs/common';
import { fail, invalid } from '#contracts/errors.js';
import type { AuthzContext } from '#platform/auth/index.js';
import { Clock } from '#platform/crypto/index.js';
import { TenantDb, type TenantScope, type Tx } from '#platform/db/index.js';
import type { ListOfQuery, Page } from '#platform/http/index.js';
import { Outbox } from '#platform/outbox/index.js';
import { RightsFeed } from '#platform/stream/index.js';
import { AuditService, type AuditChange } from '../audit/index.js';
import { Entitlements } from '../entitlements/index.js';
import { assignmentPlan, grantedScope, type WantedAssignment } from './assignment-plan.js';
import { checkTake } from './grant-rule.js';
import { GuardedChanges } from './guarded-changes.js';
import { memberOut } from './member-out.js';
import { memberRows, type MemberAssignment, type MemberRow, type MemberStatus } from './members.repository.js';
import { assign, heldOf, isAdministrator, Members, roleCodes, roleScopes } from './members.js';
import type { AssignmentIn, MEMBER_LIST, MemberIn, MemberOut, MemberPatch } from './rbac.dto.js';
import { Roles } from './roles.js';
import { keepAdmin } from './roles.service.js';

interface Target {
  readonly member: MemberRow;
  readonly assignments: readonly MemberAssignment[];
}

/** Use cases of the people of a tenant. */
@Injectable()
export class MembersService {
  constructor(
    private readonly db: TenantDb,
    private readonly changes: GuardedChanges,
    private readonly roles: Roles,
    private readonly members: Members,
    private readonly entitlements: Entitlements,
    private readonly audit: AuditService,
    private readonly outbox: Outbox,
    private readonly clock: Clock,
    private readonly feed: RightsFeed,
  ) {}

  list(scope: TenantScope, list: ListOfQuery<typeof MEMBER_LIST>): Promise<Page<MemberOut>> {
    return this.db.run(scope, (tx) => this.members.page(tx, list));
  }

  async update(scope: TenantScope, authz: AuthzContext, user_id: string, patch: MemberPatch): Promise<MemberOut> {
    return this.changes.run(scope, { user_id }, async (tx) => {
      const before = await this.target(tx, user_id);
      checkTake(authz.held, heldOf(before.assignments, this.clock.now()));
      if (patch.assignments) await this.replace(tx, authz, before, patch.assignments);
      if (patch.status && patch.status !== before.member.status) await memberRows.setStatus(tx, user_id, patch.status, this.clock.now());
      const after = await this.target(tx, user_id);
      await this.changed(tx, before, after);
      return memberOut(after.member, after.assignments);
    });
  }

  /** Adds a role to a member, or brings a removed member back with it. A stranger answers like an unknown id: strangers are invited. */
  async assign(scope: TenantScope, authz: AuthzContext, input: MemberIn): Promise<MemberOut> {
    const { user_id } = input;
    return this.changes.run(scope, { user_id, ...(input.role_id ? { role_id: input.role_id } : {}) }, async (tx) => {
      const status = await memberRows.lock(tx, user_id);
      const member = await memberRows.find(tx, user_id);
      if (!status || !member) throw fail('not_found');
      if (status === 'suspended') throw fail('member_suspended');
      const role = await this.roles.resolve(tx, input);
      const store_scope = grantedScope(authz.held, role, input.store_scope, '/store_scope');
      if (status === 'removed') await this.members.add(tx, { ...member, role_id: role.role_id, store_scope, granted_by: granter(authz) });
      else await this.addRole(tx, authz, await this.target(tx, user_id), { role, store_scope, expires_at: null });
      const after = await this.target(tx, user_id);
      return memberOut(after.member, after.assignments);
    });
  }

  async remove(scope: TenantScope, authz: AuthzContext, user_id: string): Promise<void> {
    await this.changes.run(scope, { user_id }, async (tx) => {
      const target = await this.target(tx, user_id);
      checkTake(authz.held, heldOf(target.assignments, this.clock.now()));
      await this.end(tx, target, 'member.removed');
    });
  }

  /** Leaving is always allowed, unless nobody would be left to administer. */
  async leave(scope: TenantScope, authz: AuthzContext): Promise<void> {
    const { user_id } = authz.principal;
    await this.changes.run(scope, { user_id }, async (tx) => this.end(tx, await this.target(tx, user_id), 'member.left'));
  }

  private async end(tx: Tx, { member, assignments }: Target, action: 'member.removed' | 'member.left'): Promise<void> {
    const { user_id } = member;
    await memberRows.removeAssignments(tx, assignments.map((assignment) => assignment.role_assignment_id)); // prettier-ignore
    await memberRows.setStatus(tx, user_id, 'removed', this.clock.now());
    await this.entitlements.give(tx, 'max_users');
    if (isAdministrator(member.status, assignments)) await keepAdmin(tx);
    await this.audit.record(tx, action, {
      targets: [{ type: 'member', id: user_id, label: member.email }],
      changes: [{ field: 'roles', from: roleCodes(assignments) }],
    });
    await this.outbox.emit(tx, { type: 'member.removed', subject_id: user_id, data: { user_id } });
    this.feed.changed(tx, String(tx.tenant_id), user_id);
  }

  private async addRole(tx: Tx, authz: AuthzContext, before: Target, want: WantedAssignment): Promise<void> {
    const { user_id } = before.member;
    if (before.assignments.some((assignment) => assignment.role_id === want.role.role_id)) throw fail('already_assigned');
    await assign(tx, { ...want, user_id, granted_by: granter(authz) });
    await this.changed(tx, before, await this.target(tx, user_id));
  }

  private async replace(tx: Tx, authz: AuthzContext, before: Target, input: readonly AssignmentIn[]): Promise<void> {
    const wanted: WantedAssignment[] = [];
    for (const [i, item] of input.entries()) {
      const role = await this.roles.resolve(tx, item);
      if (wanted.some((other) => other.role.role_id === role.role_id))
        throw refused(`/assignments/${i}`, 'duplicate', 'Name each role once.');
      const store_scope = grantedScope(authz.held, role, item.store_scope, `/assignments/${i}/store_scope`);
      const expires_at = item.expires_at ? new Date(item.expires_at) : null;
      if (expires_at && expires_at <= this.clock.now()) throw refused(`/assignments/${i}/expires_at`, 'in_past', 'This time is over.');
      wanted.push({ role, store_scope, expires_at });
    }
    const { user_id } = before.member;
    const plan = assignmentPlan(before.assignments, wanted);
    await memberRows.removeAssignments(tx, plan.remove);
    for (const { role, store_scope, expires_at, role_assignment_id } of plan.change)
      await memberRows.updateAssignment(tx, {
        role_assignment_id, user_id, role_id: role.role_id, all_stores: store_scope.mode === 'all', stores: store_scope.store_ids, expires_at, granted_by: granter(authz),
      }); // prettier-ignore
    for (const want of plan.add) await assign(tx, { ...want, user_id, granted_by: granter(authz) });
  }

  /** Audit and event of what is different now, and the last-administrator rule if an administrator is none any more. */
  private async changed(tx: Tx, before: Target, after: Target): Promise<void> {
    if (isAdministrator(before.member.status, before.assignments) && !isAdministrator(after.member.status, after.assignments))
      await keepAdmin(tx);
    const changes = memberChanges(before, after);
    if (changes.length === 0) return;
    const { user_id, email, status } = after.member;
    this.feed.changed(tx, String(tx.tenant_id), user_id);
    await this.audit.record(tx, 'member.updated', { targets: [{ type: 'member', id: user_id, label: email }], changes });
    await this.outbox.emit(tx, {
      type: 'member.updated',
      subject_id: user_id,
      data: { user_id, status, roles: roleCodes(after.assignments) },
    });
  }

  /** A member who has not been removed, locked. @throws Problem not_found */
  private async target(tx: Tx, user_id: string): Promise<Target> {
    const status: MemberStatus | null = await memberRows.lock(tx, user_id);
    const member = await memberRows.find(tx, user_id);
    if (!member || !status || status === 'removed') throw fail('not_found');
    return { member, assignments: await memberRows.assignments(tx, [user_id]) };
  }
}

const refused = (field: string, code: string, message: string) => invalid([{ field, code, message }]);
const granter = (authz: AuthzContext): string => authz.principal.user_id;

function memberChanges(before: Target, after: Target): AuditChange[] {
  const fields = [
    { field: 'status', from: before.member.status, to: after.member.status },
    { field: 'roles', from: roleCodes(before.assignments), to: roleCodes(after.assignments) },
    { field: 'store_scope', from: roleScopes(before.assignments), to: roleScopes(after.assignments) },
  ];
  return fields.filter(({ from, to }) => JSON.stringify(from) !== JSON.stringify(to));
}
