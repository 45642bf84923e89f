import pg from 'pg';
import { withDatabase } from '../../libs/platform/db/role-urls.js';
import { secureDatabase } from '../../libs/platform/db/roles.js';
import { testServer, type TestDatabase } from './database.js';

/** A database with roles and no tables: where migrations are rehearsed. */
export async function emptyDatabase(suffix: string): Promise<TestDatabase> {
  const server = testServer();
  const name = `${server.base}_${suffix}_${process.pid}_${Date.now().toString(36)}`;
  await withClient(server.superUrl, (client) => client.query(`create database ${pg.escapeIdentifier(name)} owner tenantry_owner`));
  await secureDatabase(server.superUrl, name);
  return {
    name,
    superUrl: withDatabase(server.superUrl, name),
    ownerUrl: withDatabase(server.urls.ownerUrl, name),
    appUrl: withDatabase(server.urls.appUrl, name),
    platformUrl: withDatabase(server.urls.platformUrl, name),
  };
}

export async function dropDatabase({ name }: TestDatabase): Promise<void> {
  await withClient(testServer().superUrl, (client) => client.query(`drop database if exists ${pg.escapeIdentifier(name)} with (force)`));
}

export async function withClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Runs `work` and takes everything back, whatever happened: how a fault is planted and leaves nothing. */
export async function rolledBack<T>(client: pg.Client, work: () => Promise<T>): Promise<T> {
  await client.query('begin');
  try {
    return await work();
  } finally {
    await client.query('rollback');
  }
}

/**
 * The whole schema `public` as sorted lines of text, so that two states compare as text and a difference reads as one. Object ids, order of
 * creation and statistics are left out; names, types, definitions, owners, rights and comments are in.
 */
export async function schemaDump(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ line: string }>(SCHEMA_DUMP);
  return rows.map((row) => row.line);
}

const SCHEMA_DUMP = `
with table_like as (
  select c.*, c.oid::regclass::text as name from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'S')
)
select 'relation ' || name || ' kind=' || relkind::text || ' owner=' || relowner::regrole || ' rls=' || relrowsecurity || ' forced=' || relforcerowsecurity
       || ' options=' || coalesce(reloptions::text, '') || ' bounds=' || coalesce(pg_get_expr(relpartbound, oid), '')
       || ' comment=' || coalesce(obj_description(oid, 'pg_class'), '') as line
  from table_like
union all
select 'view ' || name || ' ' || pg_get_viewdef(oid) from table_like where relkind = 'v'
union all
select 'right ' || t.name || ' ' || g.grantee::regrole || ' ' || g.privilege_type || coalesce(' (' || string_agg(x.attname, ', ' order by x.attname) || ')', '')
  from table_like t
  join (select oid as relid, relacl as acl, null::text as attname from pg_class
         union all select attrelid, attacl, attname::text from pg_attribute where not attisdropped) x on x.relid = t.oid
  cross join lateral aclexplode(x.acl) g
 group by t.name, g.grantee, g.privilege_type, x.attname is null
union all
select 'column ' || t.name || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || case when a.attnotnull then ' not null' else '' end
       || ' ' || a.attgenerated::text || a.attidentity::text || ' ' || coalesce(pg_get_expr(d.adbin, d.adrelid), '')
  from table_like t
  join pg_attribute a on a.attrelid = t.oid and a.attnum > 0 and not a.attisdropped
  left join pg_attrdef d on d.adrelid = t.oid and d.adnum = a.attnum
 where t.relkind <> 'S'
union all
select 'constraint ' || conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) || ' validated=' || convalidated
  from pg_constraint where connamespace = 'public'::regnamespace and conrelid <> 0 and contype <> 'n'
union all
select 'index ' || pg_get_indexdef(i.indexrelid) from pg_index i join table_like t on t.oid = i.indrelid
union all
select 'trigger ' || pg_get_triggerdef(g.oid) || ' ' || g.tgenabled::text from pg_trigger g join table_like t on t.oid = g.tgrelid where not g.tgisinternal
union all
select 'policy ' || p.polrelid::regclass || ' ' || p.polname || ' ' || p.polcmd::text || ' ' || case when p.polpermissive then 'permissive' else 'restrictive' end
       || ' to ' || p.polroles::regrole[]::text || ' using ' || coalesce(pg_get_expr(p.polqual, p.polrelid), '')
       || ' check ' || coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '')
  from pg_policy p join table_like t on t.oid = p.polrelid
union all
select 'function ' || p.oid::regprocedure || ' owner=' || p.proowner::regrole || ' acl=' || coalesce(p.proacl::text, '')
       || ' comment=' || coalesce(obj_description(p.oid, 'pg_proc'), '') || ' ' || pg_get_functiondef(p.oid)
  from pg_proc p where p.pronamespace = 'public'::regnamespace
union all
select 'schema public owner=' || nspowner::regrole || ' acl=' || coalesce((select string_agg(x::text, ' ' order by x::text) from unnest(nspacl) x), '')
  from pg_namespace where nspname = 'public'
order by line`;
