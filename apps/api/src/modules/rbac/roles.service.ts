import { Injectable } from '@nestjs/common';
import { fail, Problem } from '#contracts/errors.js';
import { closePermissions, isPermission, type Permission } from '#contracts/permissions.js';
import { roleCode } from '#contracts/roles.js';
import type { AuthzContext } from '#platform/auth/index.js';
import { newId } from '#platform/crypto/index.js';
import { TenantDb, type TenantScope, type Tx } from '#platform/db/index.js';
import type { ListOfQuery, Page } from '#platform/http/index.js';
import { Outbox } from '#platform/outbox/index.js';
import { RightsFeed } from '#platform/stream/index.js';
import { AuditService, type AuditChange } from '../audit/index.js';
import { Entitlements } from '../entitlements/index.js';
import { checkGrant } from './grant-rule.js';
import { GuardedChanges } from './guarded-changes.js';
import { mustMatch } from './if-match.js';
import { likePattern } from './like.js';
import type { ROLE_LIST, RoleIn, RoleOut, RolePatch } from './rbac.dto.js';
import { roleRows, type RoleRow, type RoleValues } from './roles.repository.js';
import { ALL_STORES } from './store-scope.js';

/** Use cases of a tenant's own roles. */
@Injectable()
export class RolesService {
  constructor(
    private readonly db: TenantDb,
    private readonly changes: GuardedChanges,
    private readonly entitlements: Entitlements,
    private readonly audit: AuditService,
    private readonly outbox: Outbox,
    private readonly feed: RightsFeed,
  ) {}

  async list(scope: TenantScope, list: ListOfQuery<typeof ROLE_LIST>): Promise<Page<RoleOut>> {
    const rows = await this.db.run(scope, (tx) => roleRows.list(tx, likePattern(list.filters.q), textOrNull(list.after?.[0]), list.take));
    const page = list.page(rows, (row) => [row.code]);
    return { ...page, data: page.data.map(roleOut) };
  }

  async get(scope: TenantScope, role_id: string): Promise<RoleOut> {
    return roleOut(await this.db.run(scope, (tx) => found(tx, role_id)));
  }

  async create(scope: TenantScope, authz: AuthzContext, input: RoleIn): Promise<RoleOut> {
    const role_id = newId();
    return this.changes.run(scope, { role_id }, async (tx) => {
      const values = valuesOf({ name: input.name, description: input.description ?? '', permissions: input.permissions });
      // A role may be given for all stores later, so whoever makes it holds all of it everywhere.
      checkGrant(authz.held, values.permissions, ALL_STORES);
      await this.entitlements.take(tx, 'max_custom_roles');
      await roleRows.insert(tx, role_id, values);
      await this.audit.record(tx, 'role.created', {
        targets: [{ type: 'role', id: role_id, label: values.name }],
        changes: changesOf(null, values),
      });
      await this.outbox.emit(tx, {
        type: 'role.created',
        subject_id: role_id,
        sequence: 1,
        data: { role_id, code: values.code, name: values.name },
      });
      return roleOut(await found(tx, role_id));
    });
  }

  /** @param version of `If-Match`, null when none was sent */
  async update(scope: TenantScope, authz: AuthzContext, role_id: string, patch: RolePatch, version: number | null): Promise<RoleOut> {
    return this.changes.run(scope, { role_id }, async (tx) => {
      const before = await this.own(tx, role_id);
      mustMatch(Number(before.row_version), version);
      const values = valuesOf({
        name: patch.name ?? before.name,
        description: patch.description ?? before.description,
        permissions: patch.permissions ?? before.permissions,
      });
      // Old and new contents count: taking a permission out of a role takes it from members who hold it.
      checkGrant(authz.held, new Set([...before.permissions, ...values.permissions]), ALL_STORES);
      const changes = changesOf(before, values);
      if (changes.length === 0) return roleOut(before);
      await roleRows.update(tx, role_id, values);
      if (before.permissions.includes('users:admin') && !values.permissions.includes('users:admin')) await keepAdmin(tx);
      const after = await found(tx, role_id);
      this.feed.changed(tx, scope.tenant_id);
      await this.audit.record(tx, 'role.updated', { targets: [{ type: 'role', id: role_id, label: after.name }], changes });
      await this.outbox.emit(tx, {
        type: 'role.updated',
        subject_id: role_id,
        sequence: Number(after.row_version),
        data: { role_id, code: after.code, name: after.name },
      });
      return roleOut(after);
    });
  }

  async remove(scope: TenantScope, role_id: string, version: number | null): Promise<void> {
    await this.db.run(scope, async (tx) => {
      const role = await this.own(tx, role_id);
      mustMatch(Number(role.row_version), version);
      const { members, invitations } = await roleRows.uses(tx, role_id);
      if (members + invitations > 0) throw fail('role_in_use', { members, invitations });
      await roleRows.remove(tx, role_id);
      await this.entitlements.give(tx, 'max_custom_roles');
      const changes = [{ field: 'name', from: role.name }, { field: 'permissions', from: role.permissions }]; // prettier-ignore
      await this.audit.record(tx, 'role.deleted', { targets: [{ type: 'role', id: role_id, label: role.name }], changes });
      await this.outbox.emit(tx, { type: 'role.deleted', subject_id: role_id, data: { role_id, code: role.code } });
    });
  }

  /** A role of the tenant's own, locked: assignments and edits of it wait. */
  private async own(tx: Tx, role_id: string): Promise<RoleRow> {
    if (!(await roleRows.lock(tx, role_id))) throw fail('not_found');
    const role = await found(tx, role_id);
    if (role.is_system) throw fail('role_is_system');
    return role;
  }
}

/** The good message; the trigger `keep_admin` is the law, also between two transactions that do not see each other. */
export async function keepAdmin(tx: Tx): Promise<void> {
  if (!(await roleRows.hasAdmin(tx))) throw fail('last_admin');
}

async function found(tx: Tx, role_id: string): Promise<RoleRow> {
  const role = await roleRows.find(tx, { role_id });
  if (!role) throw fail('not_found');
  return role;
}

/** The name makes the code, so two names that differ in case or dashes are one. Permissions are stored closed under `implies`. */
function valuesOf({ name, description, permissions }: { name: string; description: string; permissions: readonly string[] }): RoleValues {
  const unknown = permissions.filter((permission) => !isPermission(permission));
  if (unknown.length) {
    const errors = permissions.flatMap((permission, i) =>
      isPermission(permission)
        ? []
        : [{ field: `/permissions/${i}`, code: 'unknown_permission', message: 'This permission does not exist.' }],
    );
    throw new Problem('unknown_permission', { permissions: unknown }, errors);
  }
  const trimmed = name.trim();
  return {
    code: roleCode(trimmed),
    name: trimmed,
    description: description.trim(),
    permissions: closePermissions(permissions as Permission[]),
  };
}

function changesOf(before: RoleRow | null, after: RoleValues): AuditChange[] {
  return (['name', 'description', 'permissions'] as const).flatMap((field) => {
    const [from, to] = [before?.[field], after[field]];
    if (JSON.stringify(from) === JSON.stringify(to)) return [];
    return [before ? { field, from, to } : { field, to }];
  });
}

export function roleOut(row: RoleRow): RoleOut {
  const { row_version, created_at, updated_at, permissions, ...rest } = row;
  return {
    ...rest,
    permissions: [...permissions].sort(),
    row_version: Number(row_version),
    created_at: created_at.toISOString(),
    updated_at: updated_at.toISOString(),
  };
}

const textOrNull = (value: unknown): string | null => (typeof value === 'string' ? value : null);
