import { Injectable } from '@nestjs/common';
import { fail } from '#contracts/errors.js';
import type { Permission } from '#contracts/permissions.js';
import { roleCode } from '#contracts/roles.js';
import { Clock, isUuid, newId } from '#platform/crypto/index.js';
import type { Tx } from '#platform/db/index.js';
import type { ListOfQuery, Page } from '#platform/http/index.js';
import { Outbox } from '#platform/outbox/index.js';
import { RightsFeed } from '#platform/stream/index.js';
import { AuditService } from '../audit/index.js';
import { Entitlements } from '../entitlements/index.js';
import { union } from './grants.js';
import type { Grants } from '#platform/auth/index.js';
import { likePattern } from './like.js';
import { memberOut } from './member-out.js';
import { memberRows, type MemberAssignment, type MemberRow, type MemberStatus } from './members.repository.js';
import type { MEMBER_LIST, MemberOut } from './rbac.dto.js';
import { Roles } from './roles.js';
import type { RoleRow } from './roles.repository.js';
import { scopeText, storeScopeOf, type StoreScope } from './store-scope.js';

export interface NewMember {
  readonly user_id: string;
  readonly email: string;
  readonly email_normalized: string;
  readonly display_name: string;
  readonly role_id: string;
  readonly store_scope: StoreScope;
  /** Who gives it; null: the platform itself. */
  readonly granted_by: string | null;
}

/** Memberships for other modules, in their transactions. What may be given is checked before, by `checkGrant`. */
@Injectable()
export class Members {
  constructor(
    private readonly roles: Roles,
    private readonly entitlements: Entitlements,
    private readonly audit: AuditService,
    private readonly outbox: Outbox,
    private readonly clock: Clock,
    private readonly feed: RightsFeed,
  ) {}

  /** A page of the people of the transaction's tenant, by address. */
  async page(tx: Tx, list: ListOfQuery<typeof MEMBER_LIST>): Promise<Page<MemberOut>> {
    const { q, role, status, store_id } = list.filters;
    const filters = {
      q: likePattern(q),
      role: role === undefined ? null : isUuid(role) ? role.toLowerCase() : roleCode(role),
      status: status ?? null,
      store_id: store_id ?? null,
      now: this.clock.now(),
    };
    const page = list.page(await memberRows.list(tx, filters, list.after, list.take), (row) => [row.email_normalized, row.user_id]);
    const assignments = await memberRows.assignments(tx, page.data.map((row) => row.user_id)); // prettier-ignore
    const outOf = (row: MemberRow): MemberOut =>
      memberOut(
        row,
        assignments.filter((a) => a.user_id === row.user_id),
      );
    return { ...page, data: page.data.map(outOf) };
  }

  /** A member who has not been removed, by the address as identity normalizes it. */
  findByEmail(tx: Tx, email_normalized: string): Promise<{ user_id: string; status: MemberStatus } | null> {
    return memberRows.findByEmail(tx, email_normalized);
  }

  /**
   * What a person holds, in transactions that have no AuthzContext (an invitation that is accepted weeks later). null: no active member.
   */
  async heldBy(tx: Tx, user_id: string): Promise<Grants | null> {
    if (!(await memberRows.isActive(tx, user_id))) return null;
    return heldOf(await memberRows.assignments(tx, [user_id]), this.clock.now());
  }

  /** Active members who hold the permission over the whole tenant, at most 50: whom a notice about its subject goes to. */
  holdersOf(tx: Tx, permission: Permission): Promise<{ email: string; display_name: string }[]> {
    return memberRows.holders(tx, permission);
  }

  /**
   * Makes somebody a member with one role, or brings a removed member back with it, and takes the seat. Needs the platform pool for a new
   * one: the app role may not insert memberships. @throws Problem already_member, member_suspended, limit_reached
   */
  async add(tx: Tx, member: NewMember): Promise<void> {
    const { user_id, store_scope, granted_by } = member;
    const status = await memberRows.lock(tx, user_id);
    if (status === 'active') throw fail('already_member');
    if (status === 'suspended') throw fail('member_suspended');
    const role = await this.roles.get(tx, member.role_id);
    await this.entitlements.take(tx, 'max_users');
    const joined_at = this.clock.now();
    if (status === null) await memberRows.insert(tx, { ...member, invited_by: granted_by, joined_at });
    else await this.revive(tx, user_id, joined_at, granted_by);
    await assign(tx, { user_id, role, store_scope, granted_by });
    await this.audit.record(tx, 'member.added', {
      targets: [{ type: 'member', id: user_id, label: member.email }],
      changes: [
        { field: 'roles', to: [role.code] },
        { field: 'store_scope', to: [`${role.code}: ${scopeText(store_scope)}`] },
        { field: 'email', to: member.email },
      ],
    });
    await this.outbox.emit(tx, { type: 'member.added', subject_id: user_id, data: { user_id, roles: [role.code] } });
    this.feed.changed(tx, String(tx.tenant_id), user_id);
  }

  /** Gives an active member the top role in all stores, by the platform's own hand: the tenant would have nobody who administers it. */
  async promote(tx: Tx, user_id: string): Promise<void> {
    const role = await this.roles.top(tx);
    const before = await memberRows.assignments(tx, [user_id]);
    const known = before.find((assignment) => assignment.role_id === role.role_id);
    const given = { user_id, role_id: role.role_id, all_stores: true, stores: [], expires_at: null, granted_by: null };
    if (known) await memberRows.updateAssignment(tx, { ...given, role_assignment_id: known.role_assignment_id });
    else await memberRows.insertAssignment(tx, { ...given, role_assignment_id: newId() });
    const after = await memberRows.assignments(tx, [user_id]);
    await this.audit.record(tx, 'member.updated', {
      targets: [{ type: 'member', id: user_id }],
      changes: [
        { field: 'roles', from: roleCodes(before), to: roleCodes(after) },
        { field: 'store_scope', from: roleScopes(before), to: roleScopes(after) },
      ],
    });
    await this.outbox.emit(tx, {
      type: 'member.updated',
      subject_id: user_id,
      data: { user_id, status: 'active', roles: roleCodes(after) },
    });
  }

  /** Undoes `add` for a tenant that could not be made. */
  async removeAll(tx: Tx): Promise<void> {
    const seats = await memberRows.removeAll(tx);
    if (seats > 0) await this.entitlements.give(tx, 'max_users', seats);
  }

  private async revive(tx: Tx, user_id: string, joined_at: Date, granted_by: string | null): Promise<void> {
    // Rights of the first time do not come back with the person.
    const old = await memberRows.assignments(tx, [user_id]);
    await memberRows.removeAssignments(tx, old.map((assignment) => assignment.role_assignment_id)); // prettier-ignore
    await memberRows.revive(tx, user_id, joined_at, granted_by);
  }
}

export async function assign(
  tx: Tx,
  input: { user_id: string; role: RoleRow; store_scope: StoreScope; granted_by: string | null; expires_at?: Date | null },
): Promise<void> {
  const { user_id, role, store_scope, granted_by, expires_at = null } = input;
  const { mode, store_ids } = store_scope;
  await memberRows.insertAssignment(tx, {
    role_assignment_id: newId(),
    user_id,
    role_id: role.role_id,
    all_stores: mode === 'all',
    stores: store_ids,
    expires_at,
    granted_by,
  });
}

/** What assignments give at `now`. */
export const heldOf = (assignments: readonly MemberAssignment[], now: Date): Grants =>
  union(assignments.filter((a) => a.expires_at === null || a.expires_at > now));

/** An administrator in the sense of the last-administrator rule (tenancy §7.5). */
export const isAdministrator = (status: MemberStatus, assignments: readonly MemberAssignment[]): boolean =>
  status === 'active' && assignments.some((a) => a.all_stores && a.expires_at === null && a.permissions.includes('users:admin'));

/** How the audit and events tell the roles of a member. */
export const roleCodes = (assignments: readonly MemberAssignment[]): string[] => assignments.map((a) => a.code).sort();
export const roleScopes = (assignments: readonly MemberAssignment[]): string[] =>
  assignments.map((a) => `${a.code}: ${scopeText(storeScopeOf(a.all_stores, a.stores))}`).sort();
