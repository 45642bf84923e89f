import type { QueryRunner } from 'typeorm';
import { definerFunction, dropFunctions, type Migration } from '#platform/db/migrations/index.js';

/** Tables whose rows belong to one principal, the column that names it, and the columns that are rights; the others bump nothing. */
const OF_A_PRINCIPAL = [
  { table: 'role_assignments', principal: 'user_id', rights: 'role_assignment_id, role_id, all_stores, expires_at' },
  { table: 'assignment_stores', principal: 'user_id', rights: 'role_assignment_id, store_id' },
  { table: 'api_key_stores', principal: 'api_key_id', rights: 'store_id' },
] as const;

/** Tables that are principals themselves. A key stands and falls with its owner, whose own row is probed beside it: no user in its row. */
const PRINCIPALS = [
  {
    table: 'memberships',
    kind: 'user',
    principal: 'user_id',
    rights: 'status',
    memberActive: `c.status = 'active'`,
    userActive: `(select u.status = 'active' from users u where u.user_id = c.principal_id)`,
  },
  {
    table: 'api_keys',
    kind: 'api_key',
    principal: 'api_key_id',
    rights: 'owner_user_id, scopes, all_stores, ip_cidrs, expires_at, rotated_at, revoked_at',
    memberActive: 'c.revoked_at is null',
    userActive: 'true',
  },
] as const;

/** Tables whose rows concern everybody in their tenant. Code and name of a role are there because /me shows them under this version. */
const OF_A_TENANT = [
  { table: 'roles', rights: 'role_id, code, name, library_role, permissions' },
  { table: 'tenant_modules', rights: 'module_code, enabled' },
  { table: 'tenant_features', rights: 'feature_code, enabled' },
  { table: 'entitlements', rights: 'plan_code, status, modules, limits, period_end, trial_ends_at, grace_until, valid_until, source' },
] as const;

/** Tables whose rows concern every tenant. */
const OF_EVERYBODY = [
  { table: 'role_library', rights: 'library_role, permissions' },
  { table: 'modules', rights: 'module_code, is_core, is_active, depends_on' },
  { table: 'features', rights: 'feature_code, module_code, is_active' },
] as const;

const EVENTS = ['insert', 'update', 'delete'] as const;
type Event = (typeof EVENTS)[number];

/**
 * The versions of rights, kept by triggers so that no code path, not even psql, can forget one.
 *
 * They are statement triggers with transition tables: one pass over what a statement changed, rows visited in key order, so that two of them
 * wait for each other and never in a circle. Such a trigger cannot name columns, so the functions compare old rows with new ones, over the
 * columns that are rights. All belong to `tenantry_bump`, which may write the two tables of versions, read the status of users, and no more.
 */
export class CreateAuthzVersions1795600007000 implements Migration {
  readonly name = 'CreateAuthzVersions1795600007000';
  readonly phase = 'expand';

  async up(db: QueryRunner): Promise<void> {
    await db.query('grant select, insert, update on authz_state to tenantry_bump');
    await db.query('grant select, update on tenant_state to tenantry_bump');
    await db.query('grant select (user_id, status) on users to tenantry_bump');
    await db.query(NEXT_VERSION_OF_PRINCIPALS);
    await db.query(NEXT_VERSION_OF_TENANTS);
    for (const { table, principal, rights } of OF_A_PRINCIPAL) {
      await bumpOn(db, table, EVENTS, {
        declare: 'tenants uuid[]; principals uuid[];',
        body: `
          ${collect('array_agg(c.tenant_id), array_agg(c.principal_id)', 'tenants, principals', `tenant_id, ${principal} as principal_id, ${rights}`)}
          if tenants is not null then perform next_version_of_principals(tenants, principals); end if;`,
      });
    }
    for (const one of PRINCIPALS) await bumpOn(db, one.table, EVENTS, { body: principalBody(one) });
    for (const { table, rights } of OF_A_TENANT) {
      await bumpOn(db, table, EVENTS, {
        declare: 'tenants uuid[];',
        body: `
          ${collect('array_agg(distinct c.tenant_id)', 'tenants', `tenant_id, ${rights}`)}
          if tenants is not null then perform next_version_of_tenants(tenants); end if;`,
      });
    }
    for (const { table, rights } of OF_EVERYBODY) {
      await bumpOn(db, table, EVENTS, {
        declare: 'rows int;',
        body: `
          ${collect('count(*)', 'rows', rights)}
          if rows > 0 then perform next_version_of_tenants(null); end if;`,
      });
    }
    await bumpOn(db, 'tenants', ['update'], { body: TENANT_BODY });
    await bumpOn(db, 'users', ['update'], { body: USER_BODY });
    await bumpOn(db, 'user_credentials', ['insert', 'update'], {
      declare: 'people uuid[];',
      body: `
          ${collect('array_agg(distinct c.user_id)', 'people', 'user_id, password_hash')}
          perform next_version_of_principals(array_agg(a.tenant_id), array_agg(a.principal_id)) from authz_state a where a.principal_id = any (people);`,
    });
  }

  async down(db: QueryRunner): Promise<void> {
    await unbump(db, 'user_credentials', ['insert', 'update']);
    for (const table of ['users', 'tenants']) await unbump(db, table, ['update']);
    for (const { table } of [...OF_EVERYBODY, ...OF_A_TENANT, ...PRINCIPALS, ...OF_A_PRINCIPAL]) await unbump(db, table, EVENTS);
    await dropFunctions(db, 'next_version_of_tenants(uuid[])', 'next_version_of_principals(uuid[], uuid[])');
    await db.query('revoke all on authz_state, tenant_state from tenantry_bump');
    await db.query('revoke all (user_id, status) on users from tenantry_bump');
  }
}

/** Locks first, in key order, then writes. Called inside functions of `tenantry_bump`, with its rights. */
const NEXT_VERSION_OF_PRINCIPALS = `
  create function next_version_of_principals(tenants uuid[], principals uuid[]) returns void language plpgsql set search_path = public, pg_temp as $$
  begin
    perform from authz_state a
       join (select distinct tenant_id, principal_id from unnest(tenants, principals) k (tenant_id, principal_id)) k
         on k.tenant_id = a.tenant_id and k.principal_id = a.principal_id
      order by a.tenant_id, a.principal_id
        for no key update of a;
    update authz_state a set version = nextval('authz_version')
      from (select distinct tenant_id, principal_id from unnest(tenants, principals) k (tenant_id, principal_id)) k
     where k.tenant_id = a.tenant_id and k.principal_id = a.principal_id;
  end $$`;

const NEXT_VERSION_OF_TENANTS = `
  create function next_version_of_tenants(tenants uuid[]) returns void language plpgsql set search_path = public, pg_temp as $$
  begin -- null: every tenant
    perform from tenant_state t where tenants is null or t.tenant_id = any (tenants) order by t.tenant_id for no key update;
    update tenant_state t set version = nextval('authz_version') where tenants is null or t.tenant_id = any (tenants);
  end $$`;

const TENANT_RIGHTS = 'tenant_id, status, read_only, mfa_required';
const TENANT_BODY = `
          perform from tenant_state t join (${fresh(TENANT_RIGHTS)}) c on c.tenant_id = t.tenant_id order by t.tenant_id for no key update of t;
          update tenant_state t set version = nextval('authz_version'), access = tenant_access(c.status, c.read_only)
            from (${fresh(TENANT_RIGHTS)}) c where c.tenant_id = t.tenant_id;`;

const USER_RIGHTS = 'user_id, status';
const USER_BODY = `
          perform from authz_state a join (${fresh(USER_RIGHTS)}) c on c.user_id = a.principal_id
            order by a.tenant_id, a.principal_id for no key update of a;
          update authz_state a set version = nextval('authz_version'), user_active = (c.status = 'active')
            from (${fresh(USER_RIGHTS)}) c where c.user_id = a.principal_id;`;

/**
 * A principal's row is made with it and never deleted before the tenant is purged, only set inactive: its number must not be given again,
 * or a context of the old membership would hold for the new one.
 */
function principalBody({ kind, principal, rights, memberActive, userActive }: (typeof PRINCIPALS)[number]): string {
  const columns = `tenant_id, ${principal} as principal_id, ${rights}`;
  const upsert = (rows: string): string => `
            insert into authz_state (tenant_id, principal_id, principal_kind, version, member_active, user_active)
            select c.tenant_id, c.principal_id, '${kind}', nextval('authz_version'), ${memberActive}, ${userActive}
              from (${rows}) c order by c.tenant_id, c.principal_id
            on conflict (tenant_id, principal_id) do update
              set version = excluded.version, member_active = excluded.member_active, user_active = excluded.user_active;`;
  return `
          if tg_op = 'INSERT' then ${upsert(`select ${columns} from new_rows`)}
          elsif tg_op = 'UPDATE' then ${upsert(fresh(columns))}
          else
            perform from authz_state a join old_rows c on c.tenant_id = a.tenant_id and c.${principal} = a.principal_id
              order by a.tenant_id, a.principal_id for no key update of a;
            update authz_state a set version = nextval('authz_version'), member_active = false
              from old_rows c where c.tenant_id = a.tenant_id and c.${principal} = a.principal_id;
          end if;`;
}

/** Of an UPDATE: the new rows that differ in these columns. */
function fresh(columns: string): string {
  return `select ${columns} from new_rows except select ${columns} from old_rows`;
}

/** plpgsql: aggregates the rows that any statement changed in these columns, old and new ones, into variables. */
function collect(aggregates: string, variables: string, columns: string): string {
  const from = (rows: string): string => `select ${aggregates} into ${variables} from (${rows}) c;`;
  return `
          if tg_op = 'INSERT' then ${from(`select ${columns} from new_rows`)}
          elsif tg_op = 'DELETE' then ${from(`select ${columns} from old_rows`)}
          else ${from(`(select ${columns} from old_rows except select ${columns} from new_rows) union all (${fresh(columns)})`)}
          end if;`;
}

async function bumpOn(db: QueryRunner, table: string, events: readonly Event[], code: { declare?: string; body: string }): Promise<void> {
  await definerFunction(db, {
    signature: `bump_${table}()`,
    owner: 'tenantry_bump',
    sql: `
        create function bump_${table}() returns trigger language plpgsql security definer set search_path = public, pg_temp as $$
        declare ${code.declare ?? ''}
        begin ${code.body}
          return null;
        end $$`,
  });
  for (const event of events) {
    const rows = {
      insert: 'new table as new_rows',
      update: 'old table as old_rows new table as new_rows',
      delete: 'old table as old_rows',
    }[event];
    await db.query(`
        create trigger ${table}_bump_${event} after ${event} on ${table} referencing ${rows}
          for each statement execute function bump_${table}()`);
  }
}

async function unbump(db: QueryRunner, table: string, events: readonly Event[]): Promise<void> {
  for (const event of events) await db.query(`drop trigger ${table}_bump_${event} on ${table}`);
  await dropFunctions(db, `bump_${table}()`);
}
