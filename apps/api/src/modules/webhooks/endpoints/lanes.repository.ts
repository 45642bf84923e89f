import { sql, type Tx } from '#platform/db/index.js';

/** Why a lane rests. A lane may have several reasons, and runs when the last one is gone. */
export type ParkedBy = 'paused' | 'disabled' | 'deleted' | 'tenant' | 'module';

const INSERT = sql`insert into webhook_lanes (tenant_id, webhook_id) values ($1, $2)`;
const PARK = sql`
  update webhook_lanes set parked_by = case when $3 = any (parked_by) then parked_by else parked_by || $3::text end
   where tenant_id = $1 and webhook_id = $2`;
/** It starts as a new one does: with one slot of the slow pool, until its first success. */
const UNPARK = sql`
  update webhook_lanes
     set parked_by = array_remove(array_remove(parked_by, 'paused'), 'disabled'), slow = true, proven = false, not_before = '-infinity',
         next_at = clock_timestamp()
   where tenant_id = $1 and webhook_id = $2`;
/** In the transaction that makes the row: a lane that sleeps has no work. */
const WAKE = sql`
  update webhook_lanes set next_at = greatest(not_before, least(next_at, clock_timestamp())) where tenant_id = $1 and webhook_id = $2`;

/** The SQL of webhook_lanes for changes of one endpoint, whose row the caller holds. */
export const laneRows = {
  async insert(tx: Tx, webhook_id: string): Promise<void> {
    await tx.query(INSERT, [tx.tenant_id, webhook_id]);
  },
  async park(tx: Tx, webhook_id: string, by: ParkedBy): Promise<void> {
    await tx.query(PARK, [tx.tenant_id, webhook_id, by]);
  },
  async unpark(tx: Tx, webhook_id: string): Promise<void> {
    await tx.query(UNPARK, [tx.tenant_id, webhook_id]);
  },
  async wake(tx: Tx, webhook_id: string): Promise<void> {
    await tx.query(WAKE, [tx.tenant_id, webhook_id]);
  },
};
