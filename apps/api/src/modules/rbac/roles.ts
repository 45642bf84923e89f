import { Injectable } from '@nestjs/common';
import { fail, invalid } from '#contracts/errors.js';
import { ROLE_PACKS, roleCode, type RolePack } from '#contracts/roles.js';
import type { Tx } from '#platform/db/index.js';
import { roleRows, type RoleRow } from './roles.repository.js';

const ALIASES = Object.values(ROLE_PACKS).flatMap((pack) =>
  pack.flatMap((role) => (role.aliases ?? []).map((alias) => ({ alias, code: role.code }))),
);
/** Names of documents before this one for people who are not of a tenant. */
const STAFF_NAMES: ReadonlySet<string> = new Set(['super_admin', 'superadmin']);

/** Roles for other modules, in their transactions. */
@Injectable()
export class Roles {
  /**
   * The role that a request names by id, or by code, name or alias in any spelling ("Org Admin", ORG_ADMIN). Of an unknown id as of one
   * of another tenant the answer is the same 404. @throws Problem not_found, unknown_role, validation_failed
   */
  async resolve(tx: Tx, by: { readonly role_id?: string | undefined; readonly role?: string | undefined }): Promise<RoleRow> {
    if (by.role_id !== undefined) {
      const role = await roleRows.find(tx, { role_id: by.role_id });
      if (!role) throw fail('not_found');
      return role;
    }
    if (by.role === undefined) throw invalid([{ field: '/role_id', code: 'required', message: 'Name the role by role_id or role.' }]);
    const code = roleCode(by.role);
    const role = await roleRows.find(tx, { codes: [code, ...ALIASES.filter(({ alias }) => alias === code).map((known) => known.code)] });
    if (!role) throw fail('unknown_role', STAFF_NAMES.has(code) ? { hint: 'platform_staff' } : {});
    return role;
  }

  async get(tx: Tx, role_id: string): Promise<RoleRow> {
    return this.resolve(tx, { role_id });
  }

  /** The role of the owner: every pack has exactly one that holds everything. */
  async top(tx: Tx): Promise<RoleRow> {
    const role_id = await roleRows.findTop(tx);
    if (role_id === null) throw fail('unknown_role');
    return this.get(tx, role_id);
  }

  /** Does anybody administer the tenant: an active member with such a role over all stores and without an end? */
  hasAdministrator(tx: Tx): Promise<boolean> {
    return roleRows.hasAdmin(tx);
  }

  /** The system roles of a new tenant; those that exist stay. */
  async createPack(tx: Tx, pack: RolePack): Promise<number> {
    await roleRows.insertPack(tx, ROLE_PACKS[pack]);
    return ROLE_PACKS[pack].length;
  }

  async removePack(tx: Tx): Promise<void> {
    await roleRows.removePack(tx);
  }
}
