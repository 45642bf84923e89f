import type { QueryRunner } from 'typeorm';
import { dropTables, tenantTable, type Migration } from '#platform/db/migrations/index.js';

/**
 * What a tenant pays for and what that gives. The app role reads all of it and writes only the counters: a subscription and what follows
 * from it change in one transaction of the platform pool, because no tenant may write its own entitlements.
 */
export class CreateEntitlements1795600006000 implements Migration {
  readonly name = 'CreateEntitlements1795600006000';
  readonly phase = 'expand';

  async up(db: QueryRunner): Promise<void> {
    await tenantTable(db, 'subscriptions', {
      columns: `
        subscription_id      uuid        not null,
        plan_code            text        not null,
        status               text        not null check (status in ('trialing', 'active', 'past_due', 'cancelled', 'expired')),
        interval             text        not null check (interval in ('month', 'quarter', 'year')),
        currency             char(3)     not null check (currency ~ '^[A-Z]{3}$'),
        current_period_start timestamptz not null,
        current_period_end   timestamptz not null,
        trial_ends_at        timestamptz,
        past_due_since       timestamptz,
        cancel_at_period_end boolean     not null default false,
        provider             text        not null default 'manual' check (provider in ('manual')),
        provider_ref         text`,
      key: ['subscription_id'],
      unique: [{ columns: [], where: `status in ('trialing', 'active', 'past_due')` }],
      references: [
        { columns: [], to: 'tenants' },
        { columns: ['plan_code'], to: 'plans', outside: true },
      ],
      checks: [{ columns: ['current_period_start', 'current_period_end'], that: 'current_period_start < current_period_end' }],
      app: 'select',
    });
    await tenantTable(db, 'subscription_items', {
      columns: `
        subscription_item_id uuid    not null,
        subscription_id      uuid    not null,
        plan_code            text    not null,
        quantity             int     not null default 1 check (quantity > 0),
        unit_amount          bigint  not null check (unit_amount between 0 and 9007199254740991),
        currency             char(3) not null check (currency ~ '^[A-Z]{3}$')`,
      key: ['subscription_item_id'],
      unique: [{ columns: ['subscription_id', 'plan_code'] }],
      references: [
        { columns: ['subscription_id'], to: 'subscriptions', onDelete: 'cascade' },
        { columns: ['plan_code'], to: 'plans', outside: true },
      ],
      app: 'select',
    });
    await tenantTable(db, 'entitlements', {
      columns: `
        plan_code     text,
        status        text   not null default 'none' check (status in ('trial', 'active', 'past_due', 'suspended', 'expired', 'none')),
        modules       text[] not null default '{}',
        limits        jsonb  not null default '{}' check (jsonb_typeof(limits) = 'object'),
        period_end    timestamptz,
        trial_ends_at timestamptz,
        grace_until   timestamptz,
        valid_until   timestamptz,
        source        text   not null check (source in ('subscription', 'override', 'manual'))`,
      key: [],
      references: [{ columns: [], to: 'tenants' }],
      due: [{ columns: ['valid_until'], where: 'valid_until is not null' }],
      app: 'select',
    });
    await tenantTable(db, 'entitlement_overrides', {
      columns: `
        override_id uuid    not null,
        kind        text    not null check (kind in ('limit', 'module')),
        code        text    not null,
        value       bigint,
        allowed     boolean,
        reason      text    not null check (char_length(reason) >= 10),
        expires_at  timestamptz,
        set_by      text    not null`,
      key: ['override_id'],
      indexes: [{ columns: ['kind', 'code'] }],
      references: [{ columns: [], to: 'tenants' }],
      app: 'select',
    });
    await tenantTable(db, 'usage_counters', {
      columns: `
        limit_code text   not null,
        used       bigint not null default 0 check (used >= 0)`,
      key: ['limit_code'],
      references: [{ columns: [], to: 'tenants' }],
      app: 'select, update(used)',
    });
    await tenantTable(db, 'usage_daily', {
      columns: `
        day    date   not null,
        metric text   not null,
        value  bigint not null default 0`,
      key: ['day', 'metric'],
      references: [{ columns: [], to: 'tenants' }],
      app: 'select, insert, update(value)',
    });
  }

  async down(db: QueryRunner): Promise<void> {
    await dropTables(db, 'usage_daily', 'usage_counters', 'entitlement_overrides', 'entitlements', 'subscription_items', 'subscriptions');
  }
}
