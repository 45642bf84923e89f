import { sql, type Tx } from '#platform/db/index.js';

/** So many rows are moved by the request itself; the sweeper moves the rest within the minute. */
const AT_ONCE = 1_000;

const HOLD = sql`
  with picked as materialized (
    select delivery_id from webhook_deliveries
     where tenant_id = $1 and webhook_id = $2 and status = 'pending' order by next_retry_at, delivery_id limit $3 for update skip locked)
  update webhook_deliveries d set status = 'held', next_retry_at = null
    from picked where d.tenant_id = $1 and d.delivery_id = picked.delivery_id`;
const CANCEL = sql`
  with picked as materialized (
    select delivery_id from webhook_deliveries
     where tenant_id = $1 and webhook_id = $2 and status in ('pending', 'held') order by delivery_id limit $3 for update skip locked)
  update webhook_deliveries d set status = 'cancelled', next_retry_at = null, completed_at = now()
    from picked where d.tenant_id = $1 and d.delivery_id = picked.delivery_id`;

/** What happens to an endpoint's open deliveries when the endpoint changes. */
export const openDeliveries = {
  async hold(tx: Tx, webhook_id: string): Promise<void> {
    await tx.query(HOLD, [tx.tenant_id, webhook_id, AT_ONCE]);
  },
  async cancel(tx: Tx, webhook_id: string): Promise<void> {
    await tx.query(CANCEL, [tx.tenant_id, webhook_id, AT_ONCE]);
  },
};
