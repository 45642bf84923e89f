import type { QueryRunner } from 'typeorm';
import { definerFunction, dropFunctions, dropTables, tenantTable, type Migration } from '#platform/db/migrations/index.js';

/** Two ways in that begin with a secret: invitations and API keys. */
export class CreateAccessGrants1795600005000 implements Migration {
  readonly name = 'CreateAccessGrants1795600005000';
  readonly phase = 'expand';

  async up(db: QueryRunner): Promise<void> {
    await tenantTable(db, 'invitations', {
      // A role outlives its old invitations only in name: deleting it empties `role_id`, and the check refuses that while one is pending.
      columns: `
        invitation_id    uuid        not null,
        email            text        not null,
        email_normalized text        not null,
        role_id          uuid,
        all_stores       boolean     not null,
        status           text        not null default 'pending' check (status in ('pending', 'accepted', 'revoked', 'expired')),
        expires_at       timestamptz not null,
        invited_by       uuid        not null,
        sent_count       int         not null default 0 check (sent_count >= 0),
        last_sent_at     timestamptz,
        accepted_user_id uuid,
        ended_at         timestamptz,
        message          text        check (char_length(message) <= 1000)`,
      key: ['invitation_id'],
      unique: [{ columns: ['email_normalized'], where: `status = 'pending'` }],
      indexes: [{ columns: ['status', 'expires_at'] }, { columns: ['role_id'] }],
      references: [
        { columns: [], to: 'tenants' },
        { columns: ['role_id'], to: 'roles', onDelete: 'set null (role_id)' },
      ],
      checks: [{ columns: ['status', 'role_id'], that: `status <> 'pending' or role_id is not null` }],
      app: 'select, insert, update(role_id, all_stores, status, expires_at, sent_count, last_sent_at, accepted_user_id, ended_at, message)',
    });
    await tenantTable(db, 'invitation_stores', {
      columns: `
        invitation_id uuid not null,
        store_id      uuid not null`,
      key: ['invitation_id', 'store_id'],
      indexes: [{ columns: ['store_id'] }],
      references: [
        { columns: ['invitation_id'], to: 'invitations', onDelete: 'cascade' },
        { columns: ['store_id'], to: 'stores' },
      ],
      mutable: false,
      app: 'select, insert, delete',
    });
    await tenantTable(db, 'api_keys', {
      columns: `
        api_key_id    uuid    not null,
        name          text    not null check (char_length(name) between 1 and 120),
        prefix        text    not null check (char_length(prefix) <= 16),
        scopes        text[]  not null check (cardinality(scopes) >= 1),
        all_stores    boolean not null,
        owner_user_id uuid    not null,
        ip_cidrs      cidr[]  not null default '{}',
        expires_at    timestamptz,
        rotated_at    timestamptz,
        revoked_at    timestamptz`,
      key: ['api_key_id'],
      indexes: [{ columns: ['owner_user_id'] }],
      references: [{ columns: ['owner_user_id'], to: 'memberships', on: ['user_id'] }],
      app: 'select, insert, update(name, prefix, owner_user_id, ip_cidrs, expires_at, rotated_at, revoked_at)',
    });
    await tenantTable(db, 'api_key_stores', {
      columns: `
        api_key_id uuid not null,
        store_id   uuid not null`,
      key: ['api_key_id', 'store_id'],
      indexes: [{ columns: ['store_id'] }],
      references: [
        { columns: ['api_key_id'], to: 'api_keys', onDelete: 'cascade' },
        { columns: ['store_id'], to: 'stores' },
      ],
      mutable: false,
      app: 'select, insert, delete',
    });
    await this.credentialIntake(db);
  }

  async down(db: QueryRunner): Promise<void> {
    await dropFunctions(
      db,
      'credential_expire(uuid, timestamptz)',
      'credential_drop(uuid)',
      'credential_put(bytea, text, uuid, timestamptz)',
    );
    await dropTables(db, 'api_key_stores', 'api_keys', 'invitation_stores', 'invitations');
    await db.query('revoke all on credential_index from tenantry_intake');
  }

  /**
   * `credential_index` is global, so the app role may not write it; invitations are made on the app pool all the same, in one transaction
   * with their row. These three do the writing, for the tenant in context and for no other.
   */
  private async credentialIntake(db: QueryRunner): Promise<void> {
    await db.query('grant select, insert, update, delete on credential_index to tenantry_intake');
    const definer = `security definer set search_path = public, pg_temp`;
    const own = `nullif(current_setting('app.tenant_id', true), '')::uuid`;
    const callers = ['tenantry_app', 'tenantry_platform'];
    await definerFunction(db, {
      signature: 'credential_put(bytea, text, uuid, timestamptz)',
      owner: 'tenantry_intake',
      callers,
      sql: `
        create function credential_put(credential_hash bytea, kind text, ref_id uuid, expires_at timestamptz) returns void language sql ${definer} as $$
          insert into credential_index (credential_hash, kind, tenant_id, ref_id, expires_at)
          values (credential_put.credential_hash, credential_put.kind, ${own}, credential_put.ref_id, credential_put.expires_at)
        $$`,
    });
    await definerFunction(db, {
      signature: 'credential_drop(uuid)',
      owner: 'tenantry_intake',
      callers,
      sql: `
        create function credential_drop(ref_id uuid) returns int language sql ${definer} as $$
          with gone as (delete from credential_index c where c.tenant_id = ${own} and c.ref_id = credential_drop.ref_id returning 1)
          select count(*)::int from gone
        $$`,
    });
    await definerFunction(db, {
      signature: 'credential_expire(uuid, timestamptz)',
      owner: 'tenantry_intake',
      callers,
      sql: `
        create function credential_expire(ref_id uuid, at timestamptz) returns int language sql ${definer} as $$
          with ended as (
            update credential_index c set expires_at = least(c.expires_at, credential_expire.at)
             where c.tenant_id = ${own} and c.ref_id = credential_expire.ref_id returning 1)
          select count(*)::int from ended
        $$`,
    });
  }
}
