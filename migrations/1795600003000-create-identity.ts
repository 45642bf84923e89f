import type { QueryRunner } from 'typeorm';
import { dropTables, globalTable, platformTable, type Migration } from '#platform/db/migrations/index.js';

const ACCOUNTS = 'accounts of people across tenants; what a tenant may know of them is copied onto memberships';
const STAFF = 'a realm of its own, that no tenant sees';

/** People, their credentials and sessions, in both realms. All of it is written through the platform pool. */
export class CreateIdentity1795600003000 implements Migration {
  readonly name = 'CreateIdentity1795600003000';
  readonly phase = 'expand';

  async up(db: QueryRunner): Promise<void> {
    await this.users(db);
    await this.staff(db);
    await this.sessions(db);
    await this.secondFactor(db);
    await this.credentials(db);
  }

  async down(db: QueryRunner): Promise<void> {
    await dropTables(
      db,
      'credential_index',
      'throttle',
      'mfa_challenges',
      'mfa_recovery_codes',
      'mfa_factors',
      'refresh_tokens',
      'sessions',
    );
    await dropTables(db, 'impersonations', 'platform_sessions', 'platform_users');
    await dropTables(db, 'user_preferences', 'user_tokens', 'password_history', 'user_credentials', 'users');
  }

  private async users(db: QueryRunner): Promise<void> {
    await platformTable(db, 'users', {
      why: ACCOUNTS,
      columns: `
        user_id              uuid    not null,
        email                text    not null,
        email_normalized     text    not null,
        display_name         text    not null,
        status               text    not null default 'active' check (status in ('active', 'disabled', 'erased')),
        email_verified_at    timestamptz,
        locale               text,
        time_zone            text,
        must_change_password boolean not null default false,
        last_login_at        timestamptz`,
      key: ['user_id'],
      unique: [{ columns: ['email_normalized'] }],
    });
    await platformTable(db, 'user_credentials', {
      why: ACCOUNTS,
      columns: `
        user_id             uuid not null,
        password_hash       text,
        password_changed_at timestamptz`,
      key: ['user_id'],
      references: [{ columns: ['user_id'], to: 'users' }],
    });
    await platformTable(db, 'password_history', {
      why: ACCOUNTS,
      columns: `
        user_id             uuid not null,
        password_history_id uuid not null,
        password_hash       text not null`,
      key: ['user_id', 'password_history_id'],
      references: [{ columns: ['user_id'], to: 'users' }],
      append_only: 'updates', // what falls out of the history is deleted
    });
    await platformTable(db, 'user_tokens', {
      why: ACCOUNTS,
      columns: `
        token_hash bytea       not null,
        user_id    uuid        not null,
        purpose    text        not null check (purpose in ('password_reset', 'verify_email', 'change_email')),
        payload    jsonb       not null default '{}',
        expires_at timestamptz not null,
        used_at    timestamptz`,
      key: ['token_hash'],
      indexes: [{ columns: ['user_id', 'purpose'] }, { columns: ['expires_at'] }],
      references: [{ columns: ['user_id'], to: 'users' }],
    });
    await platformTable(db, 'user_preferences', {
      why: ACCOUNTS,
      // 16 KiB as sent; jsonb prints a space after each comma and colon, so the last fence stands further out.
      columns: `
        user_id     uuid  not null,
        preferences jsonb not null default '{}' check (jsonb_typeof(preferences) = 'object' and octet_length(preferences::text) <= 32768)`,
      key: ['user_id'],
      references: [{ columns: ['user_id'], to: 'users' }],
    });
  }

  private async staff(db: QueryRunner): Promise<void> {
    await platformTable(db, 'platform_users', {
      why: STAFF,
      columns: `
        platform_user_id     uuid    not null,
        email_normalized     text    not null,
        display_name         text    not null,
        role                 text    not null check (role in ('ops_viewer', 'ops_admin', 'superuser')),
        source               text    not null check (source in ('bootstrap', 'env', 'staff')),
        password_hash        text,
        must_change_password boolean not null default false,
        status               text    not null default 'active' check (status in ('active', 'disabled'))`,
      key: ['platform_user_id'],
      unique: [{ columns: ['email_normalized'] }],
    });
    await platformTable(db, 'platform_sessions', {
      why: STAFF,
      columns: `
        platform_session_id uuid        not null,
        platform_user_id    uuid        not null,
        refresh_hash        bytea       not null,
        mfa_at              timestamptz,
        expires_at          timestamptz not null,
        revoked_at          timestamptz`,
      key: ['platform_session_id'],
      unique: [{ columns: ['refresh_hash'] }],
      indexes: [{ columns: ['platform_user_id'] }],
      references: [{ columns: ['platform_user_id'], to: 'platform_users' }],
    });
    await platformTable(db, 'impersonations', {
      why: 'staff acting inside a tenant; the tenant reads of it in its audit log',
      columns: `
        impersonation_id uuid        not null,
        platform_user_id uuid        not null,
        tenant_id        uuid        not null,
        user_id          uuid        not null,
        reason           text        not null check (char_length(reason) between 10 and 500),
        mode             text        not null default 'read_only' check (mode in ('read_only', 'write')),
        expires_at       timestamptz not null,
        ended_at         timestamptz`,
      key: ['impersonation_id'],
      indexes: [{ columns: ['tenant_id', 'created_at'] }, { columns: ['platform_user_id', 'created_at'] }],
      references: [
        { columns: ['platform_user_id'], to: 'platform_users' },
        { columns: ['tenant_id'], to: 'tenants' },
        { columns: ['user_id'], to: 'users' },
      ],
    });
  }

  private async sessions(db: QueryRunner): Promise<void> {
    await globalTable(db, 'sessions', {
      why: 'a session is of a person, not of a tenant, and every request asks whether it was revoked',
      columns: `
        session_id       uuid        not null,
        user_id          uuid        not null,
        last_tenant_id   uuid,
        client           text        not null check (client in ('web', 'native', 'api')),
        ip               inet,
        user_agent       text        check (char_length(user_agent) <= 400),
        last_seen_at     timestamptz not null default now(),
        mfa_at           timestamptz,
        expires_at       timestamptz not null,
        revoked_at       timestamptz,
        revoked_reason   text        check (revoked_reason in ('logout', 'password_changed', 'reuse', 'admin', 'user', 'disabled', 'ops', 'expired')),
        impersonation_id uuid`,
      key: ['session_id'],
      indexes: [{ columns: ['user_id'] }],
      references: [
        { columns: ['user_id'], to: 'users' },
        { columns: ['impersonation_id'], to: 'impersonations' },
      ],
      app: ['session_id', 'user_id', 'mfa_at', 'revoked_at', 'expires_at'],
    });
    await platformTable(db, 'refresh_tokens', {
      why: 'what a sign-in lives on, hashed',
      columns: `
        token_hash       bytea       not null,
        session_id       uuid        not null,
        parent_hash      bytea,
        expires_at       timestamptz not null,
        used_at          timestamptz,
        successor_sealed bytea`,
      key: ['token_hash'],
      indexes: [{ columns: ['session_id'] }],
      references: [{ columns: ['session_id'], to: 'sessions', onDelete: 'cascade' }],
    });
  }

  private async secondFactor(db: QueryRunner): Promise<void> {
    const REALM = `realm text not null check (realm in ('tenant', 'platform'))`;
    await platformTable(db, 'mfa_factors', {
      why: 'second factors of both realms',
      columns: `
        ${REALM},
        principal_id uuid   not null,
        secret_enc   text   not null,
        last_step    bigint not null default 0,
        confirmed_at timestamptz`,
      key: ['realm', 'principal_id'],
    });
    await platformTable(db, 'mfa_recovery_codes', {
      why: 'second factors of both realms',
      columns: `
        ${REALM},
        principal_id uuid  not null,
        code_hash    bytea not null,
        used_at      timestamptz`,
      key: ['realm', 'principal_id', 'code_hash'],
    });
    await platformTable(db, 'mfa_challenges', {
      why: 'sign-ins that wait for the second factor',
      columns: `
        challenge_hash bytea       not null,
        ${REALM},
        principal_id   uuid        not null,
        payload        jsonb       not null default '{}',
        tries          int         not null default 0,
        expires_at     timestamptz not null,
        used_at        timestamptz`,
      key: ['challenge_hash'],
      indexes: [{ columns: ['expires_at'] }],
    });
    await platformTable(db, 'throttle', {
      why: 'counters of attempts, by hashed key',
      columns: `
        throttle_key text        not null,
        tat          timestamptz not null default now(),
        failures     int         not null default 0,
        expires_at   timestamptz not null`,
      key: ['throttle_key'],
      indexes: [{ columns: ['expires_at'] }],
    });
  }

  private async credentials(db: QueryRunner): Promise<void> {
    await globalTable(db, 'credential_index', {
      why: 'the only way from a secret to its tenant: read before the tenant is known; holds hashes, never a secret',
      columns: `
        credential_hash bytea not null check (octet_length(credential_hash) = 32),
        kind            text  not null check (kind in ('api_key', 'invitation')),
        tenant_id       uuid  not null,
        ref_id          uuid  not null,
        expires_at      timestamptz`,
      key: ['credential_hash'],
      indexes: [{ columns: ['tenant_id', 'ref_id'] }, { columns: ['expires_at'] }],
      references: [{ columns: ['tenant_id'], to: 'tenants' }],
      app: ['credential_hash', 'kind', 'tenant_id', 'ref_id', 'expires_at'],
    });
  }
}
