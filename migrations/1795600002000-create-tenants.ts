import type { QueryRunner } from 'typeorm';
import { dropFunctions, dropTables, globalTable, tenantTable, type Migration } from '#platform/db/migrations/index.js';

/** Tenants, what is read of them before anybody is let in, and which modules they have on. */
export class CreateTenants1795600002000 implements Migration {
  readonly name = 'CreateTenants1795600002000';
  readonly phase = 'expand';

  async up(db: QueryRunner): Promise<void> {
    // One sequence for every version of rights: a membership removed and added again must not come back to a number an old context holds.
    await db.query('create sequence authz_version as bigint');
    await db.query('grant usage on sequence authz_version to tenantry_platform, tenantry_bump');
    await db.query('grant select on sequence authz_version to tenantry_platform'); // a dump reads its last value
    await db.query(`
      create function tenant_access(status text, read_only boolean) returns text language sql immutable set search_path = public, pg_temp as $$
        select case
          when status = 'active' then case when read_only then 'read_only' else 'full' end
          when status = 'suspended' then 'restricted'
          when status in ('provisioning', 'failed') then 'not_ready'
          else 'closed' end
      $$`);
    await tenantTable(db, 'tenants', {
      // The zero id is the platform's own scope in audit and jobs, so no tenant may have it. An api key hash belongs to /api-keys.
      columns: `
        check (tenant_id <> '00000000-0000-0000-0000-000000000000'),
        name              text        not null check (char_length(name) between 1 and 120),
        status            text        not null default 'provisioning'
                                      check (status in ('provisioning', 'failed', 'active', 'suspended', 'archived', 'purging', 'deleted')),
        status_reason     text,
        status_changed_at timestamptz not null default now(),
        read_only         boolean     not null default false,
        mfa_required      boolean     not null default false,
        template_code     text,
        role_pack         text,
        locale            text        not null default 'en',
        time_zone         text        not null default 'UTC',
        currency          char(3)     not null default 'EUR' check (currency ~ '^[A-Z]{3}$'),
        branding          jsonb       not null default '{}' check (jsonb_typeof(branding) = 'object'),
        settings          jsonb       not null default '{}' check (jsonb_typeof(settings) = 'object' and not settings ? 'api_key_hash'),
        delete_after      timestamptz,
        last_error        jsonb`,
      key: [],
      versioned: true,
      app: 'select, update(name, locale, time_zone, currency, branding, settings, mfa_required)',
    });
    await globalTable(db, 'tenant_state', {
      why: 'read before the tenant is agreed: slug, access and the version of its rights',
      columns: `
        tenant_id uuid   not null,
        slug      text   not null check (slug ~ '^[a-z0-9](-?[a-z0-9])*$' and char_length(slug) <= 63),
        version   bigint not null default nextval('authz_version'),
        access    text   not null default 'not_ready' check (access in ('full', 'read_only', 'restricted', 'not_ready', 'closed'))`,
      key: ['tenant_id'],
      unique: [{ columns: ['slug'] }],
      references: [{ columns: ['tenant_id'], to: 'tenants' }],
      app: ['tenant_id', 'slug', 'version', 'access'],
    });
    await globalTable(db, 'tenant_hosts', {
      why: 'read before the tenant is known: which tenant a host names',
      columns: `
        host        text    not null check (host = lower(host) and host !~ '[:/ ]'),
        tenant_id   uuid    not null,
        kind        text    not null check (kind in ('subdomain', 'custom')),
        is_primary  boolean not null default false,
        verified_at timestamptz,
        challenge   text,
        released_at timestamptz`,
      key: ['host'],
      unique: [{ columns: ['tenant_id'], where: 'is_primary and released_at is null' }],
      indexes: [{ columns: ['tenant_id'] }],
      references: [{ columns: ['tenant_id'], to: 'tenants' }],
      app: ['host', 'tenant_id', 'kind', 'is_primary', 'verified_at', 'released_at', 'created_at'], // not the challenge: it proves a host
    });
    await globalTable(db, 'authz_state', {
      // No foreign key to tenants: only triggers write here, and rows outlive their membership until the tenant is purged.
      why: 'read by every request beside the tenant: the version of one principal; written by triggers only',
      columns: `
        tenant_id      uuid    not null,
        principal_id   uuid    not null,
        principal_kind text    not null check (principal_kind in ('user', 'api_key')),
        version        bigint  not null,
        member_active  boolean not null,
        user_active    boolean not null,
        active         boolean not null generated always as (member_active and user_active) stored`,
      key: ['tenant_id', 'principal_id'],
      indexes: [{ columns: ['principal_id'] }],
      app: ['tenant_id', 'principal_id', 'principal_kind', 'version', 'member_active', 'user_active', 'active'],
      platform: 'select, delete',
    });
    for (const [table, code, catalogue] of [
      ['tenant_modules', 'module_code', 'modules'],
      ['tenant_features', 'feature_code', 'features'],
    ] as const) {
      await tenantTable(db, table, {
        columns: `
          ${code}    text    not null,
          enabled    boolean not null,
          changed_by text`,
        key: [code],
        references: [
          { columns: [], to: 'tenants' },
          { columns: [code], to: catalogue, outside: true },
        ],
        app: 'select, insert, update(enabled, changed_by)',
      });
    }
  }

  async down(db: QueryRunner): Promise<void> {
    await dropTables(db, 'tenant_features', 'tenant_modules', 'authz_state', 'tenant_hosts', 'tenant_state', 'tenants');
    await dropFunctions(db, 'tenant_access(text, boolean)');
    await db.query('drop sequence authz_version');
  }
}
