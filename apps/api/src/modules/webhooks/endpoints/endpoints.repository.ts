import { sql, type Tx } from '#platform/db/index.js';

export type EndpointStatus = 'active' | 'paused' | 'disabled';
export type DisabledReason = 'gone' | 'no_success' | 'staff';

export interface SecretVersionRow {
  readonly version: number;
  readonly state: 'current' | 'next' | 'retired';
  readonly expires_at: string | null;
}
export interface EndpointRow {
  readonly webhook_id: string;
  readonly name: string;
  readonly url: string;
  readonly events: readonly string[];
  readonly granted_requires: readonly string[];
  readonly headers_enc: string | null;
  readonly header_names: readonly string[];
  readonly status: EndpointStatus;
  readonly disabled_reason: DisabledReason | null;
  readonly retry_count: number;
  readonly timeout_ms: number;
  readonly last_success_at: Date | null;
  readonly last_failure_at: Date | null;
  readonly failure_count: number;
  readonly failing_since: Date | null;
  readonly secret_versions: readonly SecretVersionRow[];
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly row_version: string;
}
export type EndpointValues = Pick<
  EndpointRow,
  'name' | 'url' | 'events' | 'granted_requires' | 'headers_enc' | 'header_names' | 'retry_count' | 'timeout_ms'
>;

const LIST = sql`
  select w.webhook_id, w.name, w.url, w.events, w.granted_requires, w.headers_enc, w.header_names, w.status, w.disabled_reason, w.retry_count, w.timeout_ms,
         w.last_success_at, w.last_failure_at, w.failure_count, w.failing_since, v.secret_versions, w.created_at, w.updated_at, w.row_version
    from webhook_endpoints w
    cross join lateral (
      select coalesce(jsonb_agg(jsonb_build_object('version', s.version, 'state', s.state, 'expires_at', s.expires_at) order by s.version desc), '[]') as secret_versions
        from (select version, state, expires_at from webhook_secrets
               where tenant_id = w.tenant_id and webhook_id = w.webhook_id order by version desc limit 3) s) v
   where w.tenant_id = $1 and w.deleted_at is null and ($2::text is null or w.status = $2) and ($3::uuid is null or w.webhook_id < $3)
   order by w.webhook_id desc limit $4`;
const FIND = sql`
  select w.webhook_id, w.name, w.url, w.events, w.granted_requires, w.headers_enc, w.header_names, w.status, w.disabled_reason, w.retry_count, w.timeout_ms,
         w.last_success_at, w.last_failure_at, w.failure_count, w.failing_since, v.secret_versions, w.created_at, w.updated_at, w.row_version
    from webhook_endpoints w
    cross join lateral (
      select coalesce(jsonb_agg(jsonb_build_object('version', s.version, 'state', s.state, 'expires_at', s.expires_at) order by s.version desc), '[]') as secret_versions
        from (select version, state, expires_at from webhook_secrets
               where tenant_id = w.tenant_id and webhook_id = w.webhook_id order by version desc limit 3) s) v
   where w.tenant_id = $1 and w.webhook_id = $2 and w.deleted_at is null`;
const LOCK = sql`select webhook_id from webhook_endpoints where tenant_id = $1 and webhook_id = $2 and deleted_at is null for update`;
const INSERT = sql`
  insert into webhook_endpoints (tenant_id, webhook_id, name, url, events, granted_requires, headers_enc, header_names, retry_count, timeout_ms, created_by)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`;
const UPDATE = sql`
  update webhook_endpoints
     set name = $3, url = $4, events = $5, granted_requires = $6, headers_enc = $7, header_names = $8, retry_count = $9, timeout_ms = $10
   where tenant_id = $1 and webhook_id = $2`;
const SET_STATUS = sql`
  update webhook_endpoints
     set status = $3, disabled_reason = $4,
         failure_count = case when $3 = 'active' then 0 else failure_count end,
         failing_since = case when $3 = 'active' then null else failing_since end,
         warned_at_percent = case when $3 = 'active' then 0 else warned_at_percent end
   where tenant_id = $1 and webhook_id = $2`;
const WARNED = sql`
  update webhook_endpoints set warned_at_percent = $3 where tenant_id = $1 and webhook_id = $2 and warned_at_percent < $3 returning webhook_id`;
/** What it was called stays for the log of deliveries; what it could be used for goes. */
const DELETE = sql`
  update webhook_endpoints set deleted_at = now(), headers_enc = null where tenant_id = $1 and webhook_id = $2`;

/** For the nightly recount. */
export const COUNT_WEBHOOKS = sql`select count(*)::int as used from webhook_endpoints where tenant_id = $1 and deleted_at is null`;

/** The SQL of webhook_endpoints as its tenant sees it; the dispatcher has its own. */
export const endpointRows = {
  list: (tx: Tx, filters: { status: string | null }, after: string | null, take: number): Promise<EndpointRow[]> =>
    tx.query<EndpointRow>(LIST, [tx.tenant_id, filters.status, after, take]),
  async find(tx: Tx, webhook_id: string): Promise<EndpointRow | null> {
    return (await tx.query<EndpointRow>(FIND, [tx.tenant_id, webhook_id]))[0] ?? null;
  },
  async lock(tx: Tx, webhook_id: string): Promise<boolean> {
    return (await tx.query(LOCK, [tx.tenant_id, webhook_id])).length > 0;
  },
  async insert(tx: Tx, webhook_id: string, v: EndpointValues, created_by: string): Promise<void> {
    await tx.query(INSERT, [
      tx.tenant_id, webhook_id, v.name, v.url, v.events, v.granted_requires, v.headers_enc, v.header_names, v.retry_count, v.timeout_ms, created_by,
    ]); // prettier-ignore
  },
  async update(tx: Tx, webhook_id: string, v: EndpointValues): Promise<void> {
    await tx.query(UPDATE, [
      tx.tenant_id, webhook_id, v.name, v.url, v.events, v.granted_requires, v.headers_enc, v.header_names, v.retry_count, v.timeout_ms,
    ]); // prettier-ignore
  },
  async setStatus(tx: Tx, webhook_id: string, status: EndpointStatus, disabled_reason: DisabledReason | null = null): Promise<void> {
    await tx.query(SET_STATUS, [tx.tenant_id, webhook_id, status, disabled_reason]);
  },
  /** @returns false when somebody has warned already */
  async warned(tx: Tx, webhook_id: string, percent: number): Promise<boolean> {
    return (await tx.query(WARNED, [tx.tenant_id, webhook_id, percent])).length > 0;
  },
  async remove(tx: Tx, webhook_id: string): Promise<void> {
    await tx.query(DELETE, [tx.tenant_id, webhook_id]);
  },
};
