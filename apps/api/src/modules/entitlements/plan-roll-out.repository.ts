import { sql, type Tx } from '#platform/db/index.js';

/** The six statements of the queue. */
export const rollOutStatements = {
  due: sql`
    select plan_roll_out_id, attempts from plan_roll_outs
     where (state in ('queued', 'waiting') and next_run_at <= now()) or (state = 'running' and lease_until < now())
     order by next_run_at limit $1`,
  claim: sql`
    update plan_roll_outs
       set state = 'running', lease_owner = $3, lease_until = now() + $2 * interval '1 millisecond', fence = fence + 1, attempts = attempts + 1
     where plan_roll_out_id = (
       select plan_roll_out_id from plan_roll_outs
        where plan_roll_out_id = $1
          and ((state in ('queued', 'waiting') and next_run_at <= now()) or (state = 'running' and lease_until < now()))
          for update skip locked)
    returning plan_roll_out_id, plan_code, attempts, fence, request_id`,
  heartbeat: sql`
    update plan_roll_outs set lease_until = now() + $3 * interval '1 millisecond'
     where plan_roll_out_id = $1 and fence = $2 and state = 'running' returning plan_roll_out_id`,
  release: sql`
    update plan_roll_outs
       set state = 'waiting', attempts = greatest(0, attempts - 1), next_run_at = now() + $3 * interval '1 millisecond', lease_until = null, lease_owner = null
     where plan_roll_out_id = $1 and fence = $2 and state = 'running' returning plan_roll_out_id`,
  retry: sql`
    update plan_roll_outs
       set state = 'waiting', next_run_at = now() + $3 * interval '1 millisecond', lease_until = null, lease_owner = null, error = $4
     where plan_roll_out_id = $1 and fence = $2 and state = 'running' returning plan_roll_out_id`,
  fail: sql`
    update plan_roll_outs set state = 'failed', finished_at = now(), lease_until = null, lease_owner = null, error = $3
     where plan_roll_out_id = $1 and fence = $2 and state = 'running' returning plan_roll_out_id`,
};

const insert = sql`insert into plan_roll_outs (plan_roll_out_id, plan_code, request_id) values ($1, $2, $3)`;
const position = sql`select plan_code, after_tenant_id from plan_roll_outs where plan_roll_out_id = $1 and fence = $2 and state = 'running'`;
const move = sql`
  update plan_roll_outs set after_tenant_id = $3, done = done + $4
   where plan_roll_out_id = $1 and fence = $2 and state = 'running' returning plan_roll_out_id`;
const finish = sql`
  update plan_roll_outs set state = 'succeeded', finished_at = now(), lease_until = null, lease_owner = null, error = null
   where plan_roll_out_id = $1 and fence = $2 and state = 'running' returning plan_roll_out_id`;

type Queries = Pick<Tx, 'query'>;

/** The only SQL of plan_roll_outs. What writes checks the fence, and says whether the row was still ours. */
export const rollOutRows = {
  async insert(tx: Tx, row: { plan_roll_out_id: string; plan_code: string; request_id: string }): Promise<void> {
    await tx.query(insert, [row.plan_roll_out_id, row.plan_code, row.request_id]);
  },
  async position(tx: Queries, id: string, fence: string): Promise<{ plan_code: string; after_tenant_id: string | null } | null> {
    return (await tx.query<{ plan_code: string; after_tenant_id: string | null }>(position, [id, fence]))[0] ?? null;
  },
  async move(tx: Queries, id: string, fence: string, after_tenant_id: string, done: number): Promise<boolean> {
    return (await tx.query(move, [id, fence, after_tenant_id, done])).length > 0;
  },
  async finish(tx: Queries, id: string, fence: string): Promise<boolean> {
    return (await tx.query(finish, [id, fence])).length > 0;
  },
};
