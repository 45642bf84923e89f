import { sql, type Tx } from '#platform/db/index.js';
import type { PresentedToken } from './refresh-state.js';

export type RevokedReason = 'logout' | 'password_changed' | 'reuse' | 'admin' | 'user' | 'disabled' | 'ops' | 'expired';

export interface SessionRow {
  readonly session_id: string;
  readonly user_id: string;
  readonly last_tenant_id: string | null;
  readonly client: 'web' | 'native' | 'api';
  readonly ip: string | null;
  readonly user_agent: string | null;
  readonly created_at: Date;
  readonly last_seen_at: Date;
  readonly expires_at: Date;
  readonly revoked_at: Date | null;
  readonly mfa_at: Date | null;
  /** Staff who act as this person; such a session has no refresh token. */
  readonly impersonation_id: string | null;
  readonly user_status: string;
}

/** A refresh token with the session it belongs to. */
export interface RefreshRow extends PresentedToken {
  readonly session_id: string;
  readonly user_id: string;
  readonly last_tenant_id: string | null;
  readonly session_created_at: Date;
  readonly mfa_at: Date | null;
  readonly successor_sealed: Buffer | null;
}

const insertSession = sql`
  insert into sessions (session_id, user_id, last_tenant_id, client, ip, user_agent, created_at, last_seen_at, expires_at, mfa_at, impersonation_id)
  values ($1, $2, $3, $4, $5::inet, $6, $7, $7, $8, $9, $10)`;
const insertRefresh = sql`insert into refresh_tokens (token_hash, session_id, parent_hash, expires_at) values ($1, $2, $3, $4)`;
const findRefresh = sql.named('identity.refresh')`
  select r.session_id, r.expires_at, r.used_at, r.successor_sealed, s.user_id, s.last_tenant_id, s.created_at as session_created_at, s.mfa_at,
         s.expires_at as session_expires_at, s.revoked_at as session_revoked_at, u.status as user_status
    from refresh_tokens r join sessions s on s.session_id = r.session_id join users u on u.user_id = s.user_id
   where r.token_hash = $1`;
const useRefresh = sql`
  update refresh_tokens r set used_at = $2, successor_sealed = $3
    from sessions s
   where r.token_hash = $1 and r.used_at is null and r.expires_at > $2 and s.session_id = r.session_id and s.revoked_at is null and s.expires_at > $2
  returning r.session_id`;
const slideSession = sql`update sessions set expires_at = $2, last_seen_at = $3, last_tenant_id = coalesce($4, last_tenant_id) where session_id = $1`;
const dropOldRefresh = sql`delete from refresh_tokens where session_id = $1 and expires_at < $2`;
const dropRefresh = sql`delete from refresh_tokens where session_id = $1`;
const chooseTenant = sql`update sessions set last_tenant_id = $2 where session_id = $1`;
const findSession = sql.named('identity.session')`
  select s.session_id, s.user_id, s.last_tenant_id, s.client, host(s.ip) as ip, s.user_agent, s.created_at, s.last_seen_at, s.expires_at, s.revoked_at,
         s.mfa_at, s.impersonation_id, u.status as user_status
    from sessions s join users u on u.user_id = s.user_id
   where s.session_id = $1`;
const listSessions = sql`
  select s.session_id, s.user_id, s.last_tenant_id, s.client, host(s.ip) as ip, s.user_agent, s.created_at, s.last_seen_at, s.expires_at, s.revoked_at,
         s.mfa_at, s.impersonation_id, 'active' as user_status
    from sessions s
   where s.user_id = $1 and s.revoked_at is null and s.expires_at > $2
   order by s.last_seen_at desc, s.session_id desc
   limit 100`;
const revokeOne = sql`
  update sessions set revoked_at = $3, revoked_reason = $4 where session_id = $1 and user_id = $2 and revoked_at is null and expires_at > $3 returning session_id`;
const revokeAll = sql`
  update sessions set revoked_at = $3, revoked_reason = $4
   where user_id = $1 and session_id is distinct from $2::uuid and revoked_at is null and expires_at > $3 returning session_id`;
const passedFactor = sql`update sessions set mfa_at = $2 where session_id = $1`;
const forgetFactor = sql`update sessions set mfa_at = null where user_id = $1 and mfa_at is not null`;
const revokeMany = sql`
  update sessions set revoked_at = $3, revoked_reason = $4
   where ($1::uuid is null or user_id = $1)
     and ($2::uuid is null or user_id in (select m.user_id from memberships m where m.tenant_id = $2 and m.status <> 'removed'))
     and revoked_at is null and expires_at > $3 returning session_id`;
const touchSessions = sql`
  update sessions s set last_seen_at = greatest(s.last_seen_at, k.at)
    from unnest($1::uuid[], $2::timestamptz[]) k (session_id, at) where s.session_id = k.session_id and s.revoked_at is null`;
// A token outlives its session and its membership by minutes: what it did then is no sign of life.
const touchMembers = sql`
  insert into principal_activity (tenant_id, principal_id, last_seen_at, last_ip)
  select m.tenant_id, m.user_id, k.at, k.ip
    from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::inet[]) k (session_id, tenant_id, user_id, at, ip)
    join sessions s on s.session_id = k.session_id and s.revoked_at is null
    join memberships m on m.tenant_id = k.tenant_id and m.user_id = k.user_id and m.status = 'active'
  on conflict (tenant_id, principal_id) do update set last_seen_at = excluded.last_seen_at, last_ip = excluded.last_ip`;
const dropSessions = sql`
  delete from sessions where session_id in (select session_id from sessions where expires_at < $1 order by session_id limit 1000) returning session_id`;

type Queries = Pick<Tx, 'query'>;

/** One sign of life: a request with this session, in this tenant. */
export interface Seen {
  readonly session_id: string;
  readonly tenant_id: string;
  readonly user_id: string;
  readonly ip: string;
  readonly at: Date;
}

/** The only SQL of sessions and refresh tokens, on the platform pool. */
export const sessionRows = {
  async insert(
    tx: Queries,
    row: Pick<
      SessionRow,
      | 'session_id'
      | 'user_id'
      | 'last_tenant_id'
      | 'client'
      | 'ip'
      | 'user_agent'
      | 'created_at'
      | 'expires_at'
      | 'mfa_at'
      | 'impersonation_id'
    >,
  ): Promise<void> {
    await tx.query(insertSession, [
      row.session_id,
      row.user_id,
      row.last_tenant_id,
      row.client,
      row.ip,
      row.user_agent,
      row.created_at,
      row.expires_at,
      row.mfa_at,
      row.impersonation_id,
    ]);
  },
  async insertRefresh(
    tx: Queries,
    row: { readonly token_hash: Buffer; readonly session_id: string; readonly parent_hash: Buffer | null; readonly expires_at: Date },
  ): Promise<void> {
    await tx.query(insertRefresh, [row.token_hash, row.session_id, row.parent_hash, row.expires_at]);
  },
  async findRefresh(tx: Queries, token_hash: Buffer): Promise<RefreshRow | null> {
    return (await tx.query<RefreshRow>(findRefresh, [token_hash]))[0] ?? null;
  },
  /** Atomic: of parallel callers exactly one gets true. */
  async useRefresh(tx: Queries, token_hash: Buffer, at: Date, successor_sealed: string): Promise<boolean> {
    return (await tx.query(useRefresh, [token_hash, at, Buffer.from(successor_sealed)])).length > 0;
  },
  async slide(
    tx: Queries,
    session_id: string,
    to: { readonly expires_at: Date; readonly at: Date; readonly tenant_id: string | null },
  ): Promise<void> {
    await tx.query(slideSession, [session_id, to.expires_at, to.at, to.tenant_id]);
    await tx.query(dropOldRefresh, [session_id, to.at]);
  },
  async dropRefresh(tx: Queries, session_id: string): Promise<void> {
    await tx.query(dropRefresh, [session_id]);
  },
  async chooseTenant(tx: Queries, session_id: string, tenant_id: string): Promise<void> {
    await tx.query(chooseTenant, [session_id, tenant_id]);
  },
  async find(tx: Queries, session_id: string): Promise<SessionRow | null> {
    return (await tx.query<SessionRow>(findSession, [session_id]))[0] ?? null;
  },
  list(tx: Queries, user_id: string, now: Date): Promise<SessionRow[]> {
    return tx.query<SessionRow>(listSessions, [user_id, now]);
  },
  /** False when it was over already, or another person's. */
  async revoke(tx: Queries, session_id: string, user_id: string, at: Date, reason: RevokedReason): Promise<boolean> {
    return (await tx.query(revokeOne, [session_id, user_id, at, reason])).length > 0;
  },
  /** All of a person but `except`; how many. */
  async revokeAll(tx: Queries, user_id: string, except: string | null, at: Date, reason: RevokedReason): Promise<number> {
    return (await tx.query(revokeAll, [user_id, except, at, reason])).length;
  },
  /** Of one person, of the members of one tenant, or (both null) all there are; how many. */
  async revokeMany(
    tx: Queries,
    whose: { readonly user_id: string | null; readonly tenant_id: string | null },
    at: Date,
    reason: RevokedReason,
  ): Promise<number> {
    return (await tx.query(revokeMany, [whose.user_id, whose.tenant_id, at, reason])).length;
  },
  async passedFactor(tx: Queries, session_id: string, at: Date): Promise<void> {
    await tx.query(passedFactor, [session_id, at]);
  },
  /** The factor that they had shown is gone. */
  async forgetFactor(tx: Queries, user_id: string): Promise<void> {
    await tx.query(forgetFactor, [user_id]);
  },
  async touch(tx: Queries, seen: readonly Seen[], members: readonly Seen[]): Promise<void> {
    await tx.query(touchSessions, [seen.map((s) => s.session_id), seen.map((s) => s.at)]);
    await tx.query(touchMembers, [
      members.map((sign) => sign.session_id),
      members.map((sign) => sign.tenant_id),
      members.map((sign) => sign.user_id),
      members.map((sign) => sign.at),
      members.map((sign) => sign.ip),
    ]);
  },
  async drop(tx: Queries, before: Date): Promise<number> {
    return (await tx.query(dropSessions, [before])).length;
  },
};
