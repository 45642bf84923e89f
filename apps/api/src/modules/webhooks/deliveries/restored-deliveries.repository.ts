import { sql, type PlatformScope, type Tx } from '#platform/db/index.js';

const COUNT = sql`select count(*)::int as open from webhook_deliveries where status in ('pending', 'delivering')`;
const HOLD = sql`
  with picked as materialized (
    select tenant_id, delivery_id from webhook_deliveries
     where status in ('pending', 'delivering') and delivery_id < $1 order by tenant_id, delivery_id limit $2 for update)
  update webhook_deliveries d set status = 'held', next_retry_at = null, leased_until = null
    from picked p where d.tenant_id = p.tenant_id and d.delivery_id = p.delivery_id
  returning d.delivery_id`;

export const restoredDeliveryRows = {
  async countOpen(tx: Tx<PlatformScope>): Promise<number> {
    return (await tx.query<{ open: number }>(COUNT))[0]?.open ?? 0;
  },
  /** @returns how many were held, at most `limit` */
  async hold(tx: Tx<PlatformScope>, below_id: string, limit: number): Promise<number> {
    return (await tx.query(HOLD, [below_id, limit])).length;
  },
};
