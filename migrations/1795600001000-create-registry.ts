import type { QueryRunner } from 'typeorm';
import { dropTables, globalTable, platformTable, type Migration } from '#platform/db/migrations/index.js';

/** What the manifests say of permissions, roles, modules and features, and what plans give. Rows come from `migrate up`, never from here. */
export class CreateRegistry1795600001000 implements Migration {
  readonly name = 'CreateRegistry1795600001000';
  readonly phase = 'expand';

  async up(db: QueryRunner): Promise<void> {
    await globalTable(db, 'registry_state', {
      why: 'which registry the rows beside it came from; one row for the installation',
      columns: `
        only_row boolean not null default true check (only_row),
        version  bigint  not null,
        hash     text    not null,
        release  text    not null`,
      key: ['only_row'],
      app: ['version', 'hash', 'release'],
    });
    await globalTable(db, 'modules', {
      why: 'the catalogue of modules, equal for every tenant',
      columns: `
        module_code text    not null,
        name        text    not null,
        is_core     boolean not null default false,
        is_active   boolean not null default true,
        depends_on  text[]  not null default '{}'`,
      key: ['module_code'],
      app: ['module_code', 'name', 'is_core', 'is_active', 'depends_on'],
    });
    await globalTable(db, 'features', {
      why: 'the catalogue of features, equal for every tenant',
      columns: `
        feature_code text    not null,
        module_code  text    not null,
        name         text    not null,
        is_active    boolean not null default true`,
      key: ['feature_code'],
      references: [{ columns: ['module_code'], to: 'modules' }],
      app: ['feature_code', 'module_code', 'name', 'is_active'],
    });
    await globalTable(db, 'permissions', {
      why: 'the catalogue of permissions, equal for every tenant',
      columns: `
        permission_id text    not null,
        name          text    not null generated always as (permission_id) stored,
        resource      text    not null,
        action        text    not null,
        description   text    not null,
        module_code   text    not null,
        is_core       boolean not null default false,
        scopeable     boolean not null default false,
        dangerous     boolean not null default false,
        implies       text[]  not null default '{}',
        retired_at    timestamptz`,
      key: ['permission_id'],
      checks: [{ columns: ['permission_id', 'resource', 'action'], that: `permission_id = resource || ':' || action` }],
      references: [{ columns: ['module_code'], to: 'modules' }],
      app: [
        'permission_id',
        'name',
        'resource',
        'action',
        'description',
        'module_code',
        'is_core',
        'scopeable',
        'dangerous',
        'implies',
        'retired_at',
      ],
    });
    await globalTable(db, 'role_library', {
      why: 'what system roles hold; a deploy changes every tenant at once',
      columns: `
        library_role text   not null,
        permissions  text[] not null,
        rank         int    not null`,
      key: ['library_role'],
      app: ['library_role', 'permissions', 'rank'],
    });
    await globalTable(db, 'plans', {
      why: 'the price list of the installation',
      columns: `
        plan_code    text    not null,
        name         text    not null,
        is_active    boolean not null default true,
        is_addon     boolean not null default false,
        modules      text[]  not null default '{}',
        limits       jsonb   not null default '{}' check (jsonb_typeof(limits) = 'object'),
        trial_days   int     not null default 0 check (trial_days >= 0),
        trial_limits jsonb   not null default '{}' check (jsonb_typeof(trial_limits) = 'object')`,
      key: ['plan_code'],
      versioned: true,
      app: ['plan_code', 'name', 'is_active', 'is_addon', 'modules', 'limits', 'trial_days', 'trial_limits', 'row_version'],
    });
    await globalTable(db, 'plan_prices', {
      why: 'the price list of the installation',
      columns: `
        plan_code text    not null,
        currency  char(3) not null check (currency ~ '^[A-Z]{3}$'),
        interval  text    not null check (interval in ('month', 'quarter', 'year')),
        amount    bigint  not null check (amount between 0 and 9007199254740991)`,
      key: ['plan_code', 'currency', 'interval'],
      references: [{ columns: ['plan_code'], to: 'plans', onDelete: 'cascade' }],
      app: ['plan_code', 'currency', 'interval', 'amount'],
    });
    await platformTable(db, 'tenant_templates', {
      why: 'what staff start a new tenant from',
      columns: `
        template_code text    not null,
        name          text    not null,
        role_pack     text    not null,
        module_codes  text[]  not null default '{}',
        feature_codes text[]  not null default '{}',
        plan_code     text,
        settings      jsonb   not null default '{}' check (jsonb_typeof(settings) = 'object'),
        stores        jsonb   not null default '[]' check (jsonb_typeof(stores) = 'array'),
        is_default    boolean not null default false`,
      key: ['template_code'],
      unique: [{ columns: ['is_default'], where: 'is_default' }],
      references: [{ columns: ['plan_code'], to: 'plans' }],
      versioned: true,
    });
  }

  async down(db: QueryRunner): Promise<void> {
    await dropTables(
      db,
      'tenant_templates',
      'plan_prices',
      'plans',
      'role_library',
      'permissions',
      'features',
      'modules',
      'registry_state',
    );
  }
}
