/** What a role check needs of a client: one statement, rows as objects. */
export interface Queryable {
  query(text: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[] }>;
}

/**
 * Each row is a right that a pool's role must not have. Row-level security does not bind a superuser, an owner or a role with BYPASSRLS;
 * policies reach members of the role they name; and whoever may create can shadow a function of ours.
 */
const TOO_MUCH = `
with me as (select r.* from pg_roles r where r.rolname = $1)
select 'is a superuser' as too_much from me where rolsuper
union all
select 'may bypass row-level security' from me where rolbypassrls
union all
select 'may create roles' from me where rolcreaterole
union all
select 'may create databases' from me where rolcreatedb
union all
select 'may replicate' from me where rolreplication
union all
select 'is a member of ' || m.roleid::regrole from pg_auth_members m join me on me.oid = m.member
union all
select 'owns ' || count(*) || ' relations, ' || min(c.oid::regclass::text) || ' among them'
  from pg_class c join me on me.oid = c.relowner having count(*) > 0
union all
select 'owns the schema ' || n.nspname from pg_namespace n join me on me.oid = n.nspowner
union all
select 'owns the function ' || p.oid::regprocedure from pg_proc p join me on me.oid = p.proowner
union all
select 'owns the database ' || d.datname from pg_database d join me on me.oid = d.datdba where d.datname = current_database()
union all
select 'may create in the schema ' || n.nspname from pg_namespace n cross join me
 where n.nspname !~ '^pg_' and has_schema_privilege(me.oid, n.oid, 'create')
union all
select 'may create schemas in the database' from me where has_database_privilege(me.oid, current_database(), 'create')
union all
select 'may create temporary tables' from me where has_database_privilege(me.oid, current_database(), 'temporary')`;

/**
 * The check at start: the rights that `role` has and a pool must not have, in words; empty means the process may go on.
 * Also says so when the client signed in as somebody else, because then the answer would be about the wrong role.
 */
export async function checkRole(client: Queryable, role: string): Promise<string[]> {
  const { rows: who } = await client.query('select session_user::text as name, exists (select from pg_roles where rolname = $1) as known', [
    role,
  ]);
  if (who[0]?.['known'] !== true) return [`${role} does not exist: run "tenantry db bootstrap"`];
  const strangers = who[0]['name'] === role ? [] : [`the connection is of ${String(who[0]['name'])}, not of ${role}`];
  const { rows } = await client.query(TOO_MUCH, [role]);
  return [...strangers, ...rows.map((row) => `${role} ${String(row['too_much'])}`)];
}
