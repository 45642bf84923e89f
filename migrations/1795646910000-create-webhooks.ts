import type { QueryRunner } from 'typeorm';
import { dropFunctions, dropPartitionedTables, dropTables, tenantTable, type Migration } from '#platform/db/migrations/index.js';

/** Who is told of events, what is to be sent to whom, and what became of it. */
export class CreateWebhooks1795646910000 implements Migration {
  readonly name = 'CreateWebhooks1795646910000';
  readonly phase = 'expand';

  async up(db: QueryRunner): Promise<void> {
    await this.endpoints(db);
    await this.lanes(db);
    await this.deliveries(db);
    await this.attempts(db);
    await this.jobs(db);
    await this.retention(db);
  }

  async down(db: QueryRunner): Promise<void> {
    await dropFunctions(db, 'drop_expired_week(text, interval)');
    await dropTables(db, 'webhook_jobs');
    await dropPartitionedTables(db, 'webhook_attempts', 'webhook_deliveries');
    await dropTables(db, 'webhook_lanes', 'webhook_secrets', 'webhook_endpoints');
    await dropFunctions(db, 'webhook_delivery_moves()', 'webhook_delivery_id(uuid, uuid)');
  }

  private async endpoints(db: QueryRunner): Promise<void> {
    await tenantTable(db, 'webhook_endpoints', {
      columns: `
        webhook_id       uuid        not null,
        name             text        not null check (char_length(name) between 1 and 80),
        url              text        not null check (char_length(url) between 1 and 2048),
        events           text[]      not null check (cardinality(events) between 1 and 100),
        granted_requires text[]      not null,
        headers_enc      text,
        header_names     text[]      not null default '{}',
        status           text        not null default 'active' check (status in ('active', 'paused', 'disabled')),
        disabled_reason  text        check (disabled_reason in ('gone', 'no_success', 'staff')),
        retry_count      int         not null check (retry_count between 0 and 12),
        timeout_ms       int         not null check (timeout_ms between 1000 and 60000),
        last_success_at  timestamptz,
        last_failure_at  timestamptz,
        failure_count    int         not null default 0,
        failing_since    timestamptz,
        warned_at_percent int        not null default 0,
        created_by       uuid,
        deleted_at       timestamptz`,
      key: ['webhook_id'],
      unique: [{ columns: ['name'], where: 'deleted_at is null' }],
      references: [{ columns: [], to: 'tenants' }],
      checks: [{ columns: ['status', 'disabled_reason'], that: `(status = 'disabled') = (disabled_reason is not null)` }],
      versioned: true,
      app: `select, insert, update(name, url, events, granted_requires, headers_enc, header_names, status, disabled_reason, retry_count,
            timeout_ms, failure_count, failing_since, warned_at_percent, deleted_at)`,
    });
    // Health is written once a second while an endpoint is busy: that is no change that an If-Match could have missed.
    await db.query('drop trigger webhook_endpoints_touch on webhook_endpoints');
    await db.query(`
      create trigger webhook_endpoints_touch before update of name, url, events, granted_requires, headers_enc, status, retry_count, timeout_ms, deleted_at
        on webhook_endpoints for each row execute function touch_version()`);
    await tenantTable(db, 'webhook_secrets', {
      columns: `
        webhook_id uuid not null,
        version    int  not null check (version > 0),
        secret_enc text,
        state      text not null check (state in ('current', 'next', 'retired')),
        expires_at timestamptz`,
      key: ['webhook_id', 'version'],
      unique: [{ columns: ['webhook_id', 'state'], where: `state <> 'retired'` }],
      references: [{ columns: ['webhook_id'], to: 'webhook_endpoints' }],
      // A secret that is retired is gone, not only unused.
      checks: [{ columns: ['state', 'secret_enc'], that: `(state = 'retired') = (secret_enc is null)` }],
      due: [{ columns: ['expires_at'], where: 'expires_at is not null' }],
      app: 'select(tenant_id, webhook_id, version, state, created_at, updated_at, expires_at), insert, update(state, expires_at, secret_enc)',
    });
  }

  /** One lane an endpoint: when to look for its work. No counter of what is in flight: a killed worker would leave it wrong. */
  private async lanes(db: QueryRunner): Promise<void> {
    await tenantTable(db, 'webhook_lanes', {
      columns: `
        webhook_id uuid        not null,
        next_at    timestamptz not null default 'infinity',
        not_before timestamptz not null default '-infinity',
        slow       boolean     not null default true,
        proven     boolean     not null default false,
        parked_by  text[]      not null default '{}'`,
      key: ['webhook_id'],
      references: [{ columns: ['webhook_id'], to: 'webhook_endpoints' }],
      due: [{ columns: ['slow', 'next_at'], where: `parked_by = '{}'` }],
      mutable: false,
      app: 'select, insert, update(next_at, not_before, slow, proven, parked_by)',
    });
    await db.query('alter table webhook_lanes set (fillfactor = 50)');
  }

  private async deliveries(db: QueryRunner): Promise<void> {
    await db.query(`
      create function webhook_delivery_id(event_id uuid, webhook_id uuid) returns uuid language sql immutable parallel safe set search_path = public, pg_temp as $$
        -- The time of the event, so that both lie in the same week; the rest is fixed by the pair, so that a second fan-out makes no second row.
        select (substr(replace(event_id::text, '-', ''), 1, 12) || '7' || substr(h, 1, 3) || '8' || substr(h, 4, 15))::uuid
          from encode(sha256(convert_to(event_id::text || webhook_id::text, 'UTF8')), 'hex') as h
      $$`);
    await tenantTable(db, 'webhook_deliveries', {
      columns: `
        delivery_id   uuid        not null,
        webhook_id    uuid        not null,
        event_id      uuid        not null,
        event_type    text        not null,
        status        text        not null check (status in ('pending', 'delivering', 'success', 'dlq', 'held', 'cancelled')),
        attempts      int         not null default 0,
        failures      int         not null default 0,
        lost_leases   int         not null default 0,
        http_status   int,
        error_code    text,
        error_message text,
        next_retry_at timestamptz,
        leased_until  timestamptz,
        trigger       text        not null default 'auto' check (trigger in ('auto', 'manual', 'recover', 'test')),
        completed_at  timestamptz`,
      key: ['delivery_id'],
      references: [{ columns: ['webhook_id'], to: 'webhook_endpoints' }],
      indexes: [
        { columns: ['webhook_id', 'next_retry_at', 'delivery_id'], where: `status = 'pending'`, name: 'webhook_deliveries_pending_idx' },
        { columns: ['webhook_id', 'leased_until'], where: `status = 'delivering'` },
        { columns: ['webhook_id', 'delivery_id'] },
        { columns: ['webhook_id', 'status', 'delivery_id'], where: `status in ('dlq', 'held')` },
      ],
      partition: { by: 'delivery_id', every: 'week' },
      mutable: false,
      app: 'select, insert, update(status, failures, lost_leases, next_retry_at, trigger, completed_at, error_code, error_message)',
    });
    await db.query(`
      create function webhook_delivery_moves() returns trigger language plpgsql set search_path = public, pg_temp as $$
      begin
        if new.status = old.status or (old.status || ' ' || new.status) in (
          'pending delivering', 'pending held', 'pending cancelled', 'held pending', 'held cancelled',
          'delivering success', 'delivering pending', 'delivering dlq', 'delivering held', 'delivering cancelled',
          'success pending', 'dlq pending', 'dlq cancelled', 'cancelled pending')
        then return new; end if;
        raise exception 'a delivery does not go from % to %', old.status, new.status using errcode = '55000', table = 'webhook_deliveries';
      end $$`);
    await db.query(`
      create trigger webhook_deliveries_moves before update of status on webhook_deliveries
        for each row when (old.status is distinct from new.status) execute function webhook_delivery_moves()`);
  }

  private async attempts(db: QueryRunner): Promise<void> {
    await tenantTable(db, 'webhook_attempts', {
      columns: `
        attempt_id         uuid        not null,
        delivery_id        uuid        not null,
        webhook_id         uuid        not null,
        n                  int         not null,
        trigger            text        not null,
        started_at         timestamptz not null,
        dns_ms             int,
        connect_ms         int,
        tls_ms             int,
        ttfb_ms            int,
        total_ms           int,
        http_status        int,
        error_code         text,
        error_message      text,
        remote_ip          text,
        response_headers   jsonb,
        response_body      text        check (octet_length(response_body) <= 8192),
        response_encoding  text        check (response_encoding in ('utf8', 'base64')),
        response_truncated boolean     not null default false`,
      key: ['attempt_id'],
      indexes: [{ columns: ['delivery_id', 'n'] }, { columns: ['webhook_id', 'attempt_id'] }],
      append_only: 'changes',
      partition: { by: 'attempt_id', every: 'week' },
      app: 'select',
    });
  }

  /**
   * A week goes as a whole: rows of these tables are never deleted one by one. The owner alone may drop, so this is its function; it takes
   * nothing but these three tables, whole weeks, and none that is younger than a week whatever it is asked.
   */
  private async retention(db: QueryRunner): Promise<void> {
    await db.query(`
      create function drop_expired_week(parent text, keep interval) returns text
      language plpgsql security definer set search_path = public, pg_temp set timezone = 'UTC' set lock_timeout = '200ms' as $$
      declare
        child text;
      begin
        if parent not in ('events', 'webhook_deliveries', 'webhook_attempts') then
          raise exception '% is not kept by weeks', parent using errcode = '22023';
        end if;
        select c.relname into child from pg_inherits i join pg_class c on c.oid = i.inhrelid
         where i.inhparent = parent::regclass and c.relname ~ '_[0-9]{4}_[0-9]{2}_[0-9]{2}$'
           and to_date(right(c.relname, 10), 'YYYY_MM_DD') + 7 < now() - greatest(keep, interval '7 days')
         order by c.relname limit 1;
        if child is not null then execute format('drop table %I', child); end if;
        return child;
      end $$`);
    await db.query('revoke execute on function drop_expired_week(text, interval) from public');
    await db.query('grant execute on function drop_expired_week(text, interval) to tenantry_platform');
    await db.query(
      `comment on function drop_expired_week(text, interval) is '@definer DDL only: drops a week that is no longer kept, which only an owner may; reads no row of a tenant'`,
    );
  }

  private async jobs(db: QueryRunner): Promise<void> {
    await tenantTable(db, 'webhook_jobs', {
      columns: `
        webhook_job_id uuid        not null,
        webhook_id     uuid        not null,
        kind           text        not null check (kind in ('recover', 'replay', 'purge', 'release')),
        filter         jsonb       not null default '{}',
        phase          text        not null default 'rows' check (phase in ('rows', 'missing')),
        cursor         uuid,
        total          bigint,
        done           bigint      not null default 0,
        state          text        not null default 'queued' check (state in ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
        created_by     uuid,
        principal_id   uuid,
        permission     text,
        request_id     text,
        error          jsonb,
        attempts       int         not null default 0,
        fence          bigint      not null default 0,
        next_run_at    timestamptz not null default now(),
        lease_until    timestamptz,
        finished_at    timestamptz`,
      key: ['webhook_job_id'],
      unique: [{ columns: ['webhook_id'], where: `state in ('queued', 'running') and kind <> 'release'` }],
      indexes: [{ columns: ['webhook_id', 'webhook_job_id'] }],
      references: [{ columns: ['webhook_id'], to: 'webhook_endpoints' }],
      due: [{ columns: ['next_run_at', 'webhook_job_id'], where: `state in ('queued', 'running')` }],
      app: 'select, insert, update(state, phase, cursor, total, done, error, next_run_at, lease_until, attempts, finished_at)',
    });
  }
}
