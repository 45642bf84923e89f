import { sql, type Tx } from '#platform/db/index.js';

export interface HostRow {
  readonly host: string;
  readonly kind: 'subdomain' | 'custom';
  readonly is_primary: boolean;
  /** null: asked for, not proved yet. */
  readonly verified_at: Date | null;
  readonly challenge: string | null;
  readonly created_at: Date;
}

const list = sql`
  select host, kind, is_primary, verified_at, challenge, created_at
    from (select h.host, h.kind, h.is_primary, h.verified_at, h.challenge, h.created_at
            from tenant_hosts h where h.tenant_id = $1 and h.released_at is null
           union all
          select c.host, 'custom', false, null, c.challenge, c.created_at from host_claims c where c.tenant_id = $1) x
   where ($2::text is null or x.host > $2) and ($3::text is null or x.host = $3)
   order by x.host limit $4`;
// What the app role may see: proved hosts, without the challenge.
const live = sql`
  select host, kind, is_primary, verified_at, null as challenge, created_at from tenant_hosts where tenant_id = $1 and released_at is null order by host`;
const count = sql`
  select (select count(*)::int from tenant_hosts h where h.tenant_id = $1 and h.released_at is null)
       + (select count(*)::int from host_claims c where c.tenant_id = $1) as n`;
const claim = sql`insert into host_claims (tenant_id, host, challenge) values ($1, $2, $3)`;
const dropClaim = sql`delete from host_claims where tenant_id = $1 and host = $2`;
/** A host that nobody has, that the tenant itself gave back, or that has rested long enough. */
const take = sql`
  insert into tenant_hosts (host, tenant_id, kind, is_primary, verified_at, challenge) values ($1, $2, $3, $4, $5, $6)
  on conflict (host) do update
     set tenant_id = excluded.tenant_id, kind = excluded.kind, is_primary = excluded.is_primary, verified_at = excluded.verified_at,
         challenge = excluded.challenge, released_at = null
   where tenant_hosts.released_at is not null and (tenant_hosts.tenant_id = excluded.tenant_id or tenant_hosts.released_at <= $7)
  returning host`;
const release = sql`
  update tenant_hosts set released_at = $3, is_primary = false, challenge = null
   where tenant_id = $1 and host = $2 and released_at is null returning host`;
const releaseAll = sql`
  update tenant_hosts set released_at = $2, is_primary = false, challenge = null where tenant_id = $1 and released_at is null`;
const removeAll = sql`delete from tenant_hosts where tenant_id = $1 and released_at is null`;
const unsetPrimary = sql`update tenant_hosts set is_primary = false where tenant_id = $1 and is_primary and released_at is null`;
const setPrimary = sql`update tenant_hosts set is_primary = true where tenant_id = $1 and host = $2 and released_at is null`;
const subdomainPrimary = sql`update tenant_hosts set is_primary = true where tenant_id = $1 and kind = 'subdomain' and released_at is null`;

type Queries = Pick<Tx, 'query'>;

/** The only SQL of hosts. Every statement names the tenant: all but `live` run on the platform pool. */
export const hostRows = {
  list: (tx: Queries, tenant_id: string, after: string | null, take: number): Promise<HostRow[]> =>
    tx.query<HostRow>(list, [tenant_id, after, null, take]),
  live: (tx: Queries, tenant_id: string): Promise<HostRow[]> => tx.query<HostRow>(live, [tenant_id]),
  async find(tx: Queries, tenant_id: string, host: string): Promise<HostRow | null> {
    return (await tx.query<HostRow>(list, [tenant_id, null, host, 1]))[0] ?? null;
  },
  async count(tx: Tx, tenant_id: string): Promise<number> {
    return (await tx.query<{ n: number }>(count, [tenant_id]))[0]?.n ?? 0;
  },
  async claim(tx: Tx, tenant_id: string, host: string, challenge: string): Promise<void> {
    await tx.query(claim, [tenant_id, host, challenge]);
  },
  async dropClaim(tx: Tx, tenant_id: string, host: string): Promise<void> {
    await tx.query(dropClaim, [tenant_id, host]);
  },
  /** False: another tenant has it, or had it too lately. */
  async take(
    tx: Tx,
    tenant_id: string,
    host: Pick<HostRow, 'host' | 'kind' | 'is_primary' | 'challenge'>,
    now: Date,
    rested: Date,
  ): Promise<boolean> {
    return (await tx.query(take, [host.host, tenant_id, host.kind, host.is_primary, now, host.challenge, rested])).length > 0;
  },
  async release(tx: Tx, tenant_id: string, host: string, now: Date): Promise<boolean> {
    return (await tx.query(release, [tenant_id, host, now])).length > 0;
  },
  /** Of a tenant that never opened: nothing rests. */
  async removeAll(tx: Tx, tenant_id: string): Promise<void> {
    await tx.query(removeAll, [tenant_id]);
  },
  async releaseAll(tx: Tx, tenant_id: string, now: Date): Promise<void> {
    await tx.query(releaseAll, [tenant_id, now]);
  },
  /** Exactly one is; null: the tenant's subdomain. */
  async makePrimary(tx: Tx, tenant_id: string, host: string | null): Promise<void> {
    await tx.query(unsetPrimary, [tenant_id]);
    if (host === null) await tx.query(subdomainPrimary, [tenant_id]);
    else await tx.query(setPrimary, [tenant_id, host]);
  },
};
