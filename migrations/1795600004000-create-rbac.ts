import type { QueryRunner } from 'typeorm';
import { dropPartitionedTables, dropTables, tenantTable, type Migration } from '#platform/db/migrations/index.js';

/** Who belongs to a tenant, what they may do there, in which stores, and what was decided about it. */
export class CreateRbac1795600004000 implements Migration {
  readonly name = 'CreateRbac1795600004000';
  readonly phase = 'expand';

  async up(db: QueryRunner): Promise<void> {
    await tenantTable(db, 'stores', {
      columns: `
        store_id      uuid    not null,
        code          text    not null check (code ~ '^[A-Z0-9_-]{1,20}$'),
        name          text    not null check (char_length(name) between 1 and 120),
        kind          text    not null default 'store',
        address       jsonb   not null default '{}',
        phone         text,
        time_zone     text    not null default 'UTC',
        currency      char(3) not null check (currency ~ '^[A-Z]{3}$'),
        opening_hours jsonb   not null default '{}',
        is_default    boolean not null default false,
        status        text    not null default 'active' check (status in ('active', 'inactive'))`,
      key: ['store_id'],
      unique: [{ columns: ['code'] }, { columns: [], where: 'is_default' }],
      references: [{ columns: [], to: 'tenants' }],
      checks: [{ columns: ['is_default', 'status'], that: `not is_default or status = 'active'` }],
      versioned: true,
      app: 'select, insert, update(code, name, kind, address, phone, time_zone, currency, opening_hours, is_default, status), delete',
    });
    await tenantTable(db, 'memberships', {
      // No INSERT for the app role: a membership comes from accepting an invitation or from provisioning, and both run on the platform pool.
      columns: `
        user_id          uuid        not null,
        email            text        not null,
        email_normalized text        not null,
        display_name     text        not null,
        status           text        not null default 'active' check (status in ('active', 'suspended', 'removed')),
        invited_by       uuid,
        joined_at        timestamptz not null default now(),
        suspended_at     timestamptz,
        removed_at       timestamptz`,
      key: ['user_id'],
      indexes: [{ columns: ['email_normalized'] }],
      references: [
        { columns: [], to: 'tenants' },
        { columns: ['user_id'], to: 'users', outside: true },
      ],
      app: 'select, update(status, invited_by, joined_at, suspended_at, removed_at)',
    });
    await tenantTable(db, 'roles', {
      columns: `
        role_id      uuid    not null,
        code         text    not null,
        name         text    not null check (char_length(name) between 1 and 120),
        description  text    not null default '',
        is_system    boolean not null default false,
        library_role text,
        permissions  text[]  not null default '{}'`,
      key: ['role_id'],
      unique: [{ columns: ['code'] }],
      references: [
        { columns: [], to: 'tenants' },
        { columns: ['library_role'], to: 'role_library', outside: true },
      ],
      checks: [
        { columns: ['is_system', 'library_role'], that: 'is_system = (library_role is not null)' },
        { columns: ['is_system', 'permissions'], that: `is_system is false or permissions = '{}'` },
      ],
      versioned: true,
      app: 'select, insert, update(code, name, description, permissions), delete',
    });
    await tenantTable(db, 'role_assignments', {
      columns: `
        role_assignment_id uuid    not null,
        user_id            uuid    not null,
        role_id            uuid    not null,
        all_stores         boolean not null,
        expires_at         timestamptz,
        granted_by         uuid`,
      key: ['role_assignment_id'],
      unique: [{ columns: ['user_id', 'role_id'] }, { columns: ['role_assignment_id', 'user_id'] }],
      indexes: [{ columns: ['role_id'] }],
      references: [
        { columns: ['user_id'], to: 'memberships' },
        { columns: ['role_id'], to: 'roles' },
      ],
      app: 'select, insert, update(role_id, all_stores, expires_at, granted_by), delete',
    });
    await tenantTable(db, 'assignment_stores', {
      columns: `
        role_assignment_id uuid not null,
        user_id            uuid not null,
        store_id           uuid not null`,
      key: ['role_assignment_id', 'store_id'],
      indexes: [{ columns: ['store_id'] }],
      references: [
        { columns: ['role_assignment_id', 'user_id'], to: 'role_assignments', onDelete: 'cascade' },
        { columns: ['store_id'], to: 'stores' },
      ],
      mutable: false,
      app: 'select, insert, delete',
    });
    await tenantTable(db, 'principal_activity', {
      // Apart from memberships and keys, so that being seen is not a change of rights.
      columns: `
        principal_id uuid        not null,
        last_seen_at timestamptz not null,
        last_ip      inet`,
      key: ['principal_id'],
      app: 'select, insert, update(last_seen_at, last_ip)',
    });
    await tenantTable(db, 'rbac_audit_log', {
      columns: `
        rbac_audit_id uuid not null,
        user_id       uuid,
        api_key_id    uuid,
        resource      text not null,
        action        text not null,
        permission    text not null,
        result        text not null check (result in ('denied', 'allowed')),
        reason        text check (reason in ('not_granted', 'store_scope', 'module_disabled', 'not_in_plan', 'tenant_state',
                                             'token_scope', 'impersonation', 'tenant_mismatch')),
        store_id      uuid,
        method        text,
        route         text,
        ip            inet,
        user_agent    text,
        request_id    text,
        occurrences   int  not null default 1 check (occurrences > 0)`,
      key: ['created_at', 'rbac_audit_id'],
      indexes: [{ columns: ['created_at desc'] }, { columns: ['user_id', 'created_at desc'] }],
      append_only: 'changes',
      partition: { by: 'created_at', every: 'month' },
      app: 'select, insert',
    });
    await this.operatorViews(db);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query('drop view role_permissions');
    await db.query('drop view tenant_users');
    await dropPartitionedTables(db, 'rbac_audit_log');
    await dropTables(db, 'principal_activity', 'assignment_stores', 'role_assignments', 'roles', 'memberships', 'stores');
  }

  /** The two names of the operators' guide that are no tables here. `security_invoker`: whoever asks sees what they may. */
  private async operatorViews(db: QueryRunner): Promise<void> {
    await db.query(`
      create view tenant_users with (security_invoker = true) as
      select m.tenant_id, m.user_id, a.role_id, m.status, m.created_at, a.role_assignment_id, a.all_stores
        from memberships m
        left join role_assignments a on a.tenant_id = m.tenant_id and a.user_id = m.user_id`);
    await db.query(`
      create view role_permissions with (security_invoker = true) as
      select r.tenant_id, r.role_id, p.permission_id
        from roles r
        left join role_library l on l.library_role = r.library_role
        join permissions p on p.permission_id = any (coalesce(l.permissions, r.permissions))`);
    await db.query('grant select on tenant_users, role_permissions to tenantry_app, tenantry_platform');
  }
}
