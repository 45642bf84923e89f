import { sql, type PlatformDb, type PlatformScope, type Tx } from '#platform/db/index.js';
import type { InvitationStatus } from './invitation-state.js';

export interface InvitationRow {
  readonly invitation_id: string;
  readonly email: string;
  readonly email_normalized: string;
  readonly role_id: string | null;
  readonly role_code: string | null;
  readonly role_name: string | null;
  readonly all_stores: boolean;
  readonly stores: readonly string[];
  readonly status: InvitationStatus;
  readonly expires_at: Date;
  readonly invited_by: string;
  readonly sent_count: number;
  readonly last_sent_at: Date | null;
  readonly accepted_user_id: string | null;
  readonly ended_at: Date | null;
  readonly message: string | null;
  readonly created_at: Date;
}

/** One writer at a time in a tenant: the limits of a minute and a day count, and a new invitation revokes the open one of that address. */
const HOLD = sql`select pg_advisory_xact_lock(hashtextextended('invitations ' || $1::text, 0))`;
const LIST = sql`
  select i.invitation_id, i.email, i.email_normalized, i.role_id, r.code as role_code, r.name as role_name, i.all_stores, i.status, i.expires_at, i.invited_by,
         i.sent_count, i.last_sent_at, i.accepted_user_id, i.ended_at, i.message, i.created_at,
         array(select s.store_id from invitation_stores s where s.tenant_id = i.tenant_id and s.invitation_id = i.invitation_id order by s.store_id) as stores
    from invitations i
    left join roles r on r.tenant_id = i.tenant_id and r.role_id = i.role_id
   where i.tenant_id = $1
     and ($2::text is null or $2 = case when i.status = 'pending' and i.expires_at <= $3 then 'expired' else i.status end)
     and ($4::text is null or i.email_normalized like $4)
     and ($5::uuid is null or i.invitation_id < $5)
   order by i.invitation_id desc
   limit $6`;
const FIND = sql`
  select i.invitation_id, i.email, i.email_normalized, i.role_id, r.code as role_code, r.name as role_name, i.all_stores, i.status, i.expires_at, i.invited_by,
         i.sent_count, i.last_sent_at, i.accepted_user_id, i.ended_at, i.message, i.created_at,
         array(select s.store_id from invitation_stores s where s.tenant_id = i.tenant_id and s.invitation_id = i.invitation_id order by s.store_id) as stores
    from invitations i
    left join roles r on r.tenant_id = i.tenant_id and r.role_id = i.role_id
   where i.tenant_id = $1 and i.invitation_id = $2`;
const LOCK = sql`select invitation_id from invitations where tenant_id = $1 and invitation_id = $2 for update`;
const COUNTS = sql`
  select count(*) filter (where created_at > $2::timestamptz - interval '1 minute')::int as minute,
         count(*) filter (where created_at > $2::timestamptz - interval '1 day')::int as day,
         count(*) filter (where status = 'pending' and expires_at > $2::timestamptz and email_normalized <> $3)::int as open
    from invitations where tenant_id = $1`;
const OPEN_OF = sql`select invitation_id from invitations where tenant_id = $1 and email_normalized = $2 and status = 'pending'`;
const OPEN_BY = sql`select invitation_id from invitations where tenant_id = $1 and invited_by = $2 and status = 'pending'`;
const INSERT = sql`
  insert into invitations (tenant_id, invitation_id, email, email_normalized, role_id, all_stores, expires_at, invited_by, sent_count, last_sent_at, message)
  values ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9, $10)`;
const INSERT_STORES = sql`
  insert into invitation_stores (tenant_id, invitation_id, store_id) select $1, $2, store_id from unnest($3::uuid[]) as store_id`;
const END = sql`update invitations set status = $3, ended_at = $4 where tenant_id = $1 and invitation_id = $2 and status = 'pending' returning invitation_id`;
/** True for exactly one of several callers: the others wait for the row and then find it taken. */
const CLAIM = sql`
  update invitations set status = 'accepted', ended_at = $3
   where tenant_id = $1 and invitation_id = $2 and status = 'pending' and expires_at > $3
  returning invitation_id`;
const ACCEPTED_BY = sql`update invitations set accepted_user_id = $3 where tenant_id = $1 and invitation_id = $2`;
const SENT = sql`
  update invitations set expires_at = $3, sent_count = sent_count + 1, last_sent_at = $4 where tenant_id = $1 and invitation_id = $2`;
const DELETE_ALL = sql`delete from invitations where tenant_id = $1 returning invitation_id`;
const PUT_TOKEN = sql`select credential_put($1, 'invitation', $2, $3)`;
const DROP_TOKENS = sql`select credential_drop($1)`;
const EXPIRE_TOKENS = sql`select credential_expire($1, $2)`;
const FIND_TOKEN = sql`
  select tenant_id, ref_id as invitation_id from credential_index
   where credential_hash = $1 and kind = 'invitation' and (expires_at is null or expires_at > $2)`;
/** Of every tenant, in the order in which they are worked through. */
const OVERDUE = sql`
  select tenant_id, invitation_id from invitations
   where status = 'pending' and expires_at <= $1 and ($2::uuid is null or (tenant_id, invitation_id) > ($2, $3::uuid))
   order by tenant_id, invitation_id limit $4`;
const COUNT_OVERDUE = sql`select count(*)::int as n from invitations where status = 'pending' and expires_at <= $1`;
/** Asked again: one that was sent anew meanwhile has a new life. */
const EXPIRE = sql`
  update invitations set status = 'expired', ended_at = $3
   where tenant_id = $1 and invitation_id = any($2::uuid[]) and status = 'pending' and expires_at <= $3
  returning invitation_id, email`;
const TENANT_ACCESS = sql`select access from tenant_state where tenant_id = $1`;

export interface NewInvitation {
  readonly invitation_id: string;
  readonly email: string;
  readonly email_normalized: string;
  readonly role_id: string;
  readonly all_stores: boolean;
  readonly stores: readonly string[];
  readonly expires_at: Date;
  readonly invited_by: string;
  readonly last_sent_at: Date;
  readonly message: string | null;
}
export interface OverdueInvitation {
  readonly tenant_id: string;
  readonly invitation_id: string;
}
export interface InvitationCounts {
  readonly minute: number;
  readonly day: number;
  /** Open ones of other addresses. */
  readonly open: number;
}

/** The only SQL of invitations. Every statement names the tenant: accepting and provisioning run on the platform pool. */
export const invitationRows = {
  async hold(tx: Tx): Promise<void> {
    await tx.query(HOLD, [tx.tenant_id]);
  },
  list(
    tx: Tx,
    filters: { status: string | null; pattern: string | null; now: Date },
    after: string | null,
    take: number,
  ): Promise<InvitationRow[]> {
    return tx.query<InvitationRow>(LIST, [tx.tenant_id, filters.status, filters.now, filters.pattern, after, take]);
  },
  async find(tx: Tx, invitation_id: string): Promise<InvitationRow | null> {
    return (await tx.query<InvitationRow>(FIND, [tx.tenant_id, invitation_id]))[0] ?? null;
  },
  async lock(tx: Tx, invitation_id: string): Promise<boolean> {
    return (await tx.query(LOCK, [tx.tenant_id, invitation_id])).length > 0;
  },
  async counts(tx: Tx, email_normalized: string, now: Date): Promise<InvitationCounts> {
    return (await tx.query<InvitationCounts>(COUNTS, [tx.tenant_id, now, email_normalized]))[0] ?? { minute: 0, day: 0, open: 0 };
  },
  async openOf(tx: Tx, email_normalized: string): Promise<string[]> {
    return (await tx.query<{ invitation_id: string }>(OPEN_OF, [tx.tenant_id, email_normalized])).map((row) => row.invitation_id);
  },
  async openBy(tx: Tx, invited_by: string): Promise<string[]> {
    return (await tx.query<{ invitation_id: string }>(OPEN_BY, [tx.tenant_id, invited_by])).map((row) => row.invitation_id);
  },
  async insert(tx: Tx, row: NewInvitation): Promise<void> {
    const { invitation_id, email, email_normalized, role_id, all_stores, stores, expires_at, invited_by, last_sent_at, message } = row;
    await tx.query(INSERT, [
      tx.tenant_id,
      invitation_id,
      email,
      email_normalized,
      role_id,
      all_stores,
      expires_at,
      invited_by,
      last_sent_at,
      message,
    ]);
    if (!all_stores && stores.length) await tx.query(INSERT_STORES, [tx.tenant_id, invitation_id, [...stores]]);
  },
  async end(tx: Tx, invitation_id: string, status: 'revoked' | 'expired', at: Date): Promise<boolean> {
    return (await tx.query(END, [tx.tenant_id, invitation_id, status, at])).length > 0;
  },
  async claim(tx: Tx, invitation_id: string, at: Date): Promise<boolean> {
    return (await tx.query(CLAIM, [tx.tenant_id, invitation_id, at])).length > 0;
  },
  async acceptedBy(tx: Tx, invitation_id: string, user_id: string): Promise<void> {
    await tx.query(ACCEPTED_BY, [tx.tenant_id, invitation_id, user_id]);
  },
  async sent(tx: Tx, invitation_id: string, expires_at: Date, at: Date): Promise<void> {
    await tx.query(SENT, [tx.tenant_id, invitation_id, expires_at, at]);
  },
  async removeAll(tx: Tx): Promise<void> {
    const gone = await tx.query<{ invitation_id: string }>(DELETE_ALL, [tx.tenant_id]);
    for (const { invitation_id } of gone) await tx.query(DROP_TOKENS, [invitation_id]);
  },

  // ---- tokens: only the hash is anywhere, in a table that only these functions write
  async putToken(tx: Tx, token_hash: Buffer, invitation_id: string, expires_at: Date): Promise<void> {
    await tx.query(PUT_TOKEN, [token_hash, invitation_id, expires_at]);
  },
  async dropTokens(tx: Tx, invitation_id: string): Promise<void> {
    await tx.query(DROP_TOKENS, [invitation_id]);
  },
  async expireTokens(tx: Tx, invitation_id: string, at: Date): Promise<void> {
    await tx.query(EXPIRE_TOKENS, [invitation_id, at]);
  },
  /** Before the tenant is known. */
  async findToken(
    db: PlatformDb,
    scope: PlatformScope,
    token_hash: Buffer,
    now: Date,
  ): Promise<{ tenant_id: string; invitation_id: string } | null> {
    return (await db.query<{ tenant_id: string; invitation_id: string }>(scope, FIND_TOKEN, [token_hash, now]))[0] ?? null;
  },
  // ---- the nightly job
  overdue(
    db: PlatformDb,
    scope: PlatformScope,
    asked: { readonly now: Date; readonly after: OverdueInvitation | null; readonly limit: number },
  ): Promise<OverdueInvitation[]> {
    const { now, after, limit } = asked;
    return db.query<OverdueInvitation>(scope, OVERDUE, [now, after?.tenant_id ?? null, after?.invitation_id ?? null, limit]);
  },
  async countOverdue(db: PlatformDb, scope: PlatformScope, now: Date): Promise<number> {
    return (await db.query<{ n: number }>(scope, COUNT_OVERDUE, [now]))[0]?.n ?? 0;
  },
  expire(tx: Tx, invitation_ids: readonly string[], at: Date): Promise<{ invitation_id: string; email: string }[]> {
    return tx.query<{ invitation_id: string; email: string }>(EXPIRE, [tx.tenant_id, [...invitation_ids], at]);
  },
  async tenantAccess(tx: Tx): Promise<string | null> {
    return (await tx.query<{ access: string }>(TENANT_ACCESS, [tx.tenant_id]))[0]?.access ?? null;
  },
};
