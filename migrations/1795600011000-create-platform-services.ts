import type { QueryRunner } from 'typeorm';
import { definerFunction, dropFunctions, dropTables, platformTable, tenantTable, type Migration } from '#platform/db/migrations/index.js';

const ANSWER = `
        key_hash        bytea       not null check (octet_length(key_hash) = 32),
        request_hash    bytea       not null check (octet_length(request_hash) = 32),
        status          int         check (status between 200 and 299),
        response_sealed bytea,
        expires_at      timestamptz not null`;

/** Long work, repeated requests, mail and schedules: the rows behind libs/platform. */
export class CreatePlatformServices1795600011000 implements Migration {
  readonly name = 'CreatePlatformServices1795600011000';
  readonly phase = 'expand';

  async up(db: QueryRunner): Promise<void> {
    await this.jobs(db);
    await this.idempotency(db);
    await this.mail(db);
    await platformTable(db, 'schedules', {
      why: 'when the work of the installation last ran',
      columns: `
        name             text    not null,
        last_started_at  timestamptz,
        last_finished_at timestamptz,
        last_result      jsonb,
        next_due_at      timestamptz,
        paused           boolean not null default false`,
      key: ['name'],
    });
  }

  async down(db: QueryRunner): Promise<void> {
    await dropFunctions(db, 'mail_enqueue(uuid, text, text, text, bytea, text)');
    await dropTables(db, 'schedules', 'mail_messages', 'platform_idempotency_keys', 'idempotency_keys', 'jobs');
  }

  private async jobs(db: QueryRunner): Promise<void> {
    // No foreign key to tenants: staff's own long work stands here under the zero id, as in audit.
    await tenantTable(db, 'jobs', {
      columns: `
        job_id       uuid        not null,
        kind         text        not null check (kind ~ '^[a-z_]+\\.[a-z_]+$'),
        state        text        not null default 'queued' check (state in ('queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled')),
        permission   text,
        steps        jsonb       not null default '[]' check (jsonb_typeof(steps) = 'array'),
        done         bigint      not null default 0,
        total        bigint,
        input        jsonb       not null default '{}',
        result       jsonb,
        error        jsonb,
        cancellable  boolean     not null default false,
        requested_by uuid,
        lease_until  timestamptz,
        fence        bigint      not null default 0,
        next_run_at  timestamptz not null default now(),
        attempts     int         not null default 0,
        started_at   timestamptz,
        finished_at  timestamptz,
        expires_at   timestamptz not null default now() + interval '30 days'`,
      key: ['job_id'],
      indexes: [{ columns: ['requested_by', 'job_id'] }],
      due: [
        { columns: ['next_run_at', 'job_id'], where: `state in ('queued', 'waiting')` },
        { columns: ['lease_until'], where: `state = 'running'` },
        { columns: ['expires_at'] },
      ],
      app: 'select, insert, update(state, steps, done, total, result, error, cancellable, next_run_at, finished_at, expires_at)',
    });
  }

  private async idempotency(db: QueryRunner): Promise<void> {
    await tenantTable(db, 'idempotency_keys', {
      columns: `
        idempotency_key_id uuid not null,
        principal_id       uuid not null,${ANSWER}`,
      key: ['idempotency_key_id'],
      unique: [{ columns: ['principal_id', 'key_hash'] }],
      due: [{ columns: ['expires_at'] }],
      app: 'select, insert, update(status, response_sealed)',
    });
    await platformTable(db, 'platform_idempotency_keys', {
      why: 'repeated requests of staff and machines, which belong to no tenant',
      columns: `
        idempotency_key_id uuid not null,
        principal_id       text not null,${ANSWER}`,
      key: ['idempotency_key_id'],
      unique: [{ columns: ['principal_id', 'key_hash'] }],
      indexes: [{ columns: ['expires_at'] }],
    });
  }

  private async mail(db: QueryRunner): Promise<void> {
    await platformTable(db, 'mail_messages', {
      why: 'bodies may hold tokens; the app role puts mails in through mail_enqueue() and cannot read them',
      columns: `
        mail_message_id     uuid        not null,
        tenant_id           uuid,
        to_email            text        not null check (to_email !~ '[\\r\\n]'),
        template            text        not null,
        subject             text        not null check (subject !~ '[\\r\\n]'),
        body_sealed         bytea,
        state               text        not null default 'queued' check (state in ('queued', 'sending', 'sent', 'failed', 'held')),
        attempts            int         not null default 0,
        next_run_at         timestamptz not null default now(),
        fence               bigint      not null default 0,
        lease_until         timestamptz,
        provider_message_id text,
        error_code          text,
        sent_at             timestamptz`,
      key: ['mail_message_id'],
      indexes: [
        { columns: ['next_run_at'], where: `state = 'queued'` },
        { columns: ['lease_until'], where: `state = 'sending'` },
        { columns: ['to_email', 'mail_message_id'] },
      ],
    });
    await db.query('grant insert on mail_messages to tenantry_intake');
    await definerFunction(db, {
      signature: 'mail_enqueue(uuid, text, text, text, bytea, text)',
      owner: 'tenantry_intake',
      callers: ['tenantry_app', 'tenantry_platform'],
      // The tenant is the one in context, so the app role cannot write in another's name; without one the mail belongs to none.
      sql: `
        create function mail_enqueue(mail_message_id uuid, to_email text, template text, subject text, body_sealed bytea, state text default 'queued')
        returns void language plpgsql security definer set search_path = public, pg_temp as $$
        begin
          if state not in ('queued', 'held') then
            raise exception 'a mail begins queued or held, not %', state using errcode = '22023';
          end if;
          insert into mail_messages (mail_message_id, tenant_id, to_email, template, subject, body_sealed, state)
          values (mail_enqueue.mail_message_id, nullif(current_setting('app.tenant_id', true), '')::uuid, mail_enqueue.to_email,
                  mail_enqueue.template, mail_enqueue.subject, mail_enqueue.body_sealed, mail_enqueue.state);
        end $$`,
    });
  }
}
