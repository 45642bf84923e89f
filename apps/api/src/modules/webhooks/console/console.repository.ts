import { sql, type PlatformScope, type Tx } from '#platform/db/index.js';

export interface LaneRow {
  readonly tenant_id: string;
  readonly webhook_id: string;
  readonly name: string;
  readonly status: string;
  readonly slow: boolean;
  readonly proven: boolean;
  readonly parked_by: readonly string[];
  /** null: it sleeps until there is work. */
  readonly next_at: Date | null;
  readonly failure_count: number;
  readonly failing_since: Date | null;
}
export interface NoisyTenant {
  readonly tenant_id: string;
  readonly deliveries: number;
  readonly failed: number;
}

const LANES = sql`
  select l.tenant_id, l.webhook_id, w.name, w.status, l.slow, l.proven, l.parked_by, nullif(l.next_at, 'infinity') as next_at, w.failure_count, w.failing_since
    from webhook_lanes l join webhook_endpoints w on w.tenant_id = l.tenant_id and w.webhook_id = l.webhook_id and w.deleted_at is null
   where ($1::uuid is null or (l.tenant_id, l.webhook_id) > ($1, $2::uuid))
     and ($3::uuid is null or l.tenant_id = $3)
     and ($4::text is null or $4 = case when l.parked_by <> '{}' then 'parked' when w.failing_since is not null then 'failing' else 'running' end)
   order by l.tenant_id, l.webhook_id limit $5`;
const NOISIEST = sql`
  select tenant_id, count(*)::int as deliveries, count(*) filter (where status = 'dlq' or failures > 0)::int as failed
    from webhook_deliveries where delivery_id >= $1 group by tenant_id order by count(*) desc, tenant_id limit 10`;
const TENANT_OF = sql`select tenant_id from webhook_endpoints where webhook_id = $1 and deleted_at is null`;
const PARKED_POINTER = sql`select tenant_id from event_outbox where event_id = $1 and parked_at is not null`;

/** What staff see of webhooks over all tenants. */
export const consoleRows = {
  lanes: (
    tx: Tx<PlatformScope>,
    filters: { tenant_id: string | null; state: string | null },
    after: readonly [string, string] | null,
    take: number,
  ): Promise<LaneRow[]> => tx.query<LaneRow>(LANES, [after?.[0] ?? null, after?.[1] ?? null, filters.tenant_id, filters.state, take]),
  noisiest: (tx: Tx<PlatformScope>, from_id: string): Promise<NoisyTenant[]> => tx.query<NoisyTenant>(NOISIEST, [from_id]),
  async tenantOf(tx: Tx<PlatformScope>, webhook_id: string): Promise<string | null> {
    return (await tx.query<{ tenant_id: string }>(TENANT_OF, [webhook_id]))[0]?.tenant_id ?? null;
  },
  async tenantOfParked(tx: Tx<PlatformScope>, event_id: string): Promise<string | null> {
    return (await tx.query<{ tenant_id: string }>(PARKED_POINTER, [event_id]))[0]?.tenant_id ?? null;
  },
};
