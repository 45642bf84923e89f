import pg from 'pg';

/** Table → what stands in it of one tenant, as one number. */
export type Checksums = Readonly<Record<string, string>>;

/**
 * Everything that belongs to a tenant, one checksum a table. Which tables those are is asked of the catalogue, so a new one is in by
 * itself: those with `tenant_id`; those of its people (`user_id`) and of their sessions (`session_id`). Reads as the superuser, whom no
 * policy hides a row from.
 */
export class TenantChecksums {
  private constructor(
    private readonly client: pg.Client,
    private readonly statement: string,
    /** Tables it looks at. */
    readonly tables: readonly string[],
  ) {}

  static async open(superUrl: string): Promise<TenantChecksums> {
    const client = new pg.Client({ connectionString: superUrl });
    await client.connect();
    const { rows } = await client.query<{ table_name: string; by: string }>(OWNED_TABLES);
    const parts = rows.map(
      ({ table_name, by }) =>
        `select ${pg.escapeLiteral(table_name)} as table_name, count(*) || ' ' || coalesce(md5(string_agg(t::text, E'\\n' order by t::text)), '-') as sum
           from ${pg.escapeIdentifier(table_name)} t where ${WHERE[by] ?? 'false'}`,
    );
    return new TenantChecksums(client, parts.join('\nunion all\n'), rows.map((row) => row.table_name)); // prettier-ignore
  }

  async of(tenant_id: string): Promise<Checksums> {
    const { rows } = await this.client.query<{ table_name: string; sum: string }>(this.statement, [tenant_id]);
    return Object.fromEntries(rows.map((row) => [row.table_name, row.sum]));
  }

  /** Rows of the tenant by table; only tables that have some. */
  async counts(tenant_id: string): Promise<Readonly<Record<string, number>>> {
    const sums = Object.entries(await this.of(tenant_id)).map(([table, sum]) => [table, Number(sum.split(' ')[0])] as const);
    return Object.fromEntries(sums.filter(([, count]) => count > 0));
  }

  close(): Promise<void> {
    return this.client.end();
  }
}

const PEOPLE = 'select m.user_id from memberships m where m.tenant_id = $1';
const WHERE: Readonly<Record<string, string>> = {
  tenant_id: 't.tenant_id = $1',
  user_id: `t.user_id in (${PEOPLE})`,
  session_id: `t.session_id in (select s.session_id from sessions s where s.user_id in (${PEOPLE}))`,
  provisioning_job_id: 't.provisioning_job_id in (select j.provisioning_job_id from provisioning_jobs j where j.tenant_id = $1)',
};

/** Partitions are left out: their rows are those of the table they are part of. */
const OWNED_TABLES = `
  select c.relname as table_name, min(o.by) filter (where o.rank = m.rank) as by
    from pg_class c
    join lateral (
      select a.attname::text as by, array_position(array['tenant_id', 'user_id', 'session_id', 'provisioning_job_id'], a.attname::text) as rank
        from pg_attribute a where a.attrelid = c.oid and not a.attisdropped and a.attname in ('tenant_id', 'user_id', 'session_id', 'provisioning_job_id')) o on true
    join lateral (
      select min(array_position(array['tenant_id', 'user_id', 'session_id', 'provisioning_job_id'], a.attname::text)) as rank
        from pg_attribute a where a.attrelid = c.oid and not a.attisdropped) m on true
   where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
   group by c.relname
   order by c.relname`;
