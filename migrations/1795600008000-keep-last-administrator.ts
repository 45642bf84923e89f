import type { QueryRunner } from 'typeorm';
import { definerFunction, dropFunctions, type Migration } from '#platform/db/migrations/index.js';

const TABLES = ['memberships', 'role_assignments', 'roles'] as const;

/**
 * No active tenant without an administrator, by a deferred trigger: the answer is taken at commit, over everything that the
 * transaction did, and two transactions that each remove one of the last two wait for each other at the tenant's row.
 */
export class KeepLastAdministrator1795600008000 implements Migration {
  readonly name = 'KeepLastAdministrator1795600008000';
  readonly phase = 'expand';

  async up(db: QueryRunner): Promise<void> {
    // The app role may not write tenant_state, and to lock a row is to be able to write it; so this one act belongs to tenantry_bump.
    // An UPDATE and not a SELECT FOR NO KEY UPDATE: the same lock, and under REPEATABLE READ the second one fails (40001) instead of
    // deciding by its old snapshot. The version stays: who is an administrator is not a right of the others.
    await definerFunction(db, {
      signature: 'hold_tenant_rights(uuid)',
      owner: 'tenantry_bump',
      callers: ['tenantry_app', 'tenantry_platform', 'tenantry_owner'],
      sql: `
        create function hold_tenant_rights(tenant uuid) returns void language sql security definer set search_path = public, pg_temp as $$
          update tenant_state set updated_at = now() where tenant_id = tenant
        $$`,
    });
    await db.query(`
      create function gives_administration(library_role text, permissions text[]) returns boolean language sql stable set search_path = public, pg_temp as $$
        select 'users:admin' = any (coalesce(
          (select l.permissions from role_library l where l.library_role = gives_administration.library_role), gives_administration.permissions))
      $$`);
    await db.query(`
      create function keep_admin() returns trigger language plpgsql security invoker set search_path = public, pg_temp as $$
      begin
        -- Back at once unless the old row gave users:admin and the new one does not. A role that lost it in the same transaction is no
        -- loophole for its assignments: the role's own row comes here too.
        if tg_table_name = 'role_assignments' then
          if not old.all_stores or old.expires_at is not null then return null; end if;
          if tg_op = 'UPDATE' and new.user_id = old.user_id and new.role_id = old.role_id and new.all_stores and new.expires_at is null then
            return null;
          end if;
          if not exists (select from roles r where r.tenant_id = old.tenant_id and r.role_id = old.role_id
                            and gives_administration(r.library_role, r.permissions)) then
            return null;
          end if;
        elsif tg_table_name = 'memberships' then
          if old.status <> 'active' then return null; end if;
          if tg_op = 'UPDATE' and new.status = 'active' then return null; end if;
          if not exists (select from role_assignments a join roles r on r.tenant_id = a.tenant_id and r.role_id = a.role_id
                          where a.tenant_id = old.tenant_id and a.user_id = old.user_id and a.all_stores and a.expires_at is null
                            and gives_administration(r.library_role, r.permissions)) then
            return null;
          end if;
        else
          if not gives_administration(old.library_role, old.permissions) then return null; end if;
          if tg_op = 'UPDATE' and gives_administration(new.library_role, new.permissions) then return null; end if;
        end if;

        perform hold_tenant_rights(old.tenant_id);

        if exists (select from tenants t where t.tenant_id = old.tenant_id and t.status = 'active')
           and not exists (
             select from role_assignments a
               join roles r on r.tenant_id = a.tenant_id and r.role_id = a.role_id
               join memberships m on m.tenant_id = a.tenant_id and m.user_id = a.user_id
               join authz_state s on s.tenant_id = a.tenant_id and s.principal_id = a.user_id
              where a.tenant_id = old.tenant_id and a.all_stores and a.expires_at is null
                and m.status = 'active' and s.user_active
                and gives_administration(r.library_role, r.permissions))
        then
          raise exception 'an active tenant keeps an administrator' using errcode = 'TN001', table = tg_table_name, constraint = 'keep_admin';
        end if;
        return null;
      end $$`);
    for (const table of TABLES) {
      await db.query(`
      create constraint trigger ${table}_keep_admin after update or delete on ${table}
        deferrable initially deferred for each row execute function keep_admin()`);
    }
  }

  async down(db: QueryRunner): Promise<void> {
    for (const table of TABLES) await db.query(`drop trigger ${table}_keep_admin on ${table}`);
    await dropFunctions(db, 'keep_admin()', 'gives_administration(text, text[])', 'hold_tenant_rights(uuid)');
  }
}
