import type { StaffRole } from '#contracts/permissions.js';
import { sql, type Tx } from '#platform/db/index.js';

export interface ApprovalRow {
  readonly approval_id: string;
  readonly act: string;
  readonly subject_id: string;
  readonly reason: string;
  readonly state: 'pending' | 'given' | 'cancelled' | 'expired';
  readonly requested_by: string;
  /** E-mail of who asked; null when that was no member of the staff. */
  readonly requested_by_label: string | null;
  readonly not_before: Date;
  readonly expires_at: Date;
  readonly created_at: Date;
}

const find = sql`
  select a.approval_id, a.act, a.subject_id, a.reason, a.state, a.requested_by, u.email_normalized as requested_by_label, a.not_before, a.expires_at, a.created_at
    from staff_approvals a left join platform_users u on u.platform_user_id::text = a.requested_by
   where a.approval_id = $1`;
const list = sql`
  select a.approval_id, a.act, a.subject_id, a.reason, a.state, a.requested_by, u.email_normalized as requested_by_label, a.not_before, a.expires_at, a.created_at
    from staff_approvals a left join platform_users u on u.platform_user_id::text = a.requested_by
   where a.state = 'pending' and a.expires_at > $1 and ($2::uuid is null or a.approval_id < $2)
   order by a.approval_id desc limit $3`;
const lockOpen = sql`
  select approval_id, requested_by, not_before, expires_at from staff_approvals where act = $1 and subject_id = $2 and state = 'pending' for update`;
const insert = sql`
  insert into staff_approvals (approval_id, act, subject_id, reason, requested_by, not_before, expires_at) values ($1, $2, $3, $4, $5, $6, $7)`;
const decide = sql`
  update staff_approvals set state = $2, decided_by = $3, decided_at = $4 where approval_id = $1 and state = 'pending' returning approval_id`;
const others = sql`
  select count(*)::int as n from platform_users where status = 'active' and role = any ($1::text[]) and platform_user_id::text <> $2`;

type Queries = Pick<Tx, 'query'>;

/** The only SQL of staff_approvals. */
export const approvalRows = {
  async find(tx: Queries, approval_id: string): Promise<ApprovalRow | null> {
    return (await tx.query<ApprovalRow>(find, [approval_id]))[0] ?? null;
  },
  list: (tx: Queries, now: Date, after: string | null, take: number): Promise<ApprovalRow[]> =>
    tx.query<ApprovalRow>(list, [now, after, take]),
  async lockOpen(
    tx: Tx,
    act: string,
    subject_id: string,
  ): Promise<Pick<ApprovalRow, 'approval_id' | 'requested_by' | 'not_before' | 'expires_at'> | null> {
    return (await tx.query<ApprovalRow>(lockOpen, [act, subject_id]))[0] ?? null;
  },
  async insert(
    tx: Tx,
    row: Pick<ApprovalRow, 'approval_id' | 'act' | 'subject_id' | 'reason' | 'requested_by' | 'not_before' | 'expires_at'>,
  ): Promise<void> {
    await tx.query(insert, [row.approval_id, row.act, row.subject_id, row.reason, row.requested_by, row.not_before, row.expires_at]);
  },
  /** False when it is not open any more. */
  async decide(tx: Tx, approval_id: string, state: 'given' | 'cancelled' | 'expired', by: string | null, at: Date): Promise<boolean> {
    return (await tx.query(decide, [approval_id, state, by, at])).length > 0;
  },
  /** How many active members of the staff have one of the roles, the one of that id left out. */
  async others(tx: Queries, roles: readonly StaffRole[], id: string): Promise<number> {
    return (await tx.query<{ n: number }>(others, [[...roles], id]))[0]?.n ?? 0;
  },
};
