import fs from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { cloneDatabase, type TestDatabase } from '../support/database.js';
import { dropDatabase, rolledBack, schemaDump } from '../support/migrate.js';

const LINT = fs.readFileSync(path.join(__dirname, 'rls-lint.sql'), 'utf8');
const GOLDEN = path.join(__dirname, 'rights.golden.txt');

/** Indexes that need not lead with tenant_id: work that is due, read by the platform role over all tenants. */
const DUE_INDEXES = [
  'audit_events_written_xid_audit_event_id_idx',
  'entitlements_valid_until_idx',
  'event_outbox_not_before_event_id_idx',
  'event_tasks_next_run_at_event_id_idx',
  'idempotency_keys_expires_at_idx',
  'jobs_expires_at_idx',
  'jobs_lease_until_idx',
  'jobs_next_run_at_job_id_idx',
  'webhook_jobs_next_run_at_webhook_job_id_idx',
  'webhook_lanes_slow_next_at_idx',
  'webhook_secrets_expires_at_idx',
];

/** Tables that opted out of row-level security. A new one is a decision: it is written here and, with its reason, in its comment. */
const GLOBAL_TABLES = [
  'authz_state',
  'credential_index',
  'features',
  'modules',
  'permissions',
  'plan_prices',
  'plans',
  'registry_state',
  'role_library',
  'sessions',
  'tenant_hosts',
  'tenant_state',
];
const PLATFORM_TABLES = [
  'impersonations',
  'installation_state',
  'mail_messages',
  'mfa_challenges',
  'mfa_factors',
  'mfa_recovery_codes',
  'migrations',
  'partition_plans',
  'password_history',
  'plan_roll_outs',
  'platform_idempotency_keys',
  'platform_sessions',
  'platform_user_tokens',
  'platform_users',
  'provisioning_jobs',
  'provisioning_steps',
  'rate_limit_processes',
  'rate_limits',
  'refresh_tokens',
  'released_slugs',
  'schedules',
  'staff_approvals',
  'tenant_templates',
  'throttle',
  'user_credentials',
  'user_preferences',
  'user_tokens',
  'users',
];

/** Functions with the rights of their owner. Only what does DDL may belong to tenantry_owner, and says `@definer` why. */
const DEFINERS = {
  tenantry_bump: [
    'bump_api_key_stores()',
    'bump_api_keys()',
    'bump_assignment_stores()',
    'bump_entitlements()',
    'bump_features()',
    'bump_memberships()',
    'bump_modules()',
    'bump_role_assignments()',
    'bump_role_library()',
    'bump_roles()',
    'bump_tenant_features()',
    'bump_tenant_modules()',
    'bump_tenants()',
    'bump_user_credentials()',
    'bump_users()',
    'hold_tenant_rights(uuid)',
  ],
  tenantry_intake: [
    'credential_drop(uuid)',
    'credential_expire(uuid,timestamp with time zone)',
    'credential_put(bytea,text,uuid,timestamp with time zone)',
    'mail_enqueue(uuid,text,text,text,bytea,text)',
  ],
  tenantry_owner: ['adopt_default_partition(text)', 'drop_expired_week(text,interval)', 'ensure_partitions(interval)'],
  tenantry_sealer: ['audit_erase(uuid,uuid,text)'],
};

/** One fault a rule, some of them two ways. Each is planted in a transaction that is rolled back. */
const FAULTS: readonly [rule: string, what: string, ...statements: string[]][] = [
  ['E01', 'a table without tenant_id', 'create table planted (id uuid)'],
  ['E02', 'a nullable tenant_id', 'create table planted (tenant_id uuid)'],
  ['E03', 'row-level security off', 'alter table stores disable row level security'],
  ['E03', 'row-level security off on one partition', 'alter table events_default disable row level security'],
  ['E04', 'FORCE off', 'alter table stores no force row level security'],
  ['E05', 'no policy', 'drop policy tenant_isolation on stores'],
  ['E06', 'a policy that lets everybody through', 'create policy planted on stores using (true)'],
  [
    'E06',
    'a policy without the initplan',
    `alter policy tenant_isolation on stores using (tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid)`,
  ],
  [
    'E07',
    'a foreign key without tenant_id',
    'alter table stores add constraint planted_key unique (store_id)',
    'create table planted (tenant_id uuid not null, store_id uuid references stores (store_id))',
  ],
  ['E08', 'a globally unique key', 'alter table stores add constraint planted_key unique (store_id)'],
  ['E09', 'an index that does not lead with tenant_id', 'create index planted on stores (name)'],
  ['E10', 'an index whose operator is not leakproof', 'create index planted on stores (tenant_id, opening_hours)'],
  ['E11', 'a view with the rights of its owner', 'create view planted as select tenant_id from stores'],
  [
    'E12',
    'a materialized view',
    'create materialized view planted as select tenant_id from stores',
    'grant select on planted to tenantry_app',
  ],
  ['E13', 'the app role bypasses row-level security', 'alter role tenantry_app bypassrls'],
  ['E13', 'the app role owns a table', 'create table planted (tenant_id uuid not null)', 'alter table planted owner to tenantry_app'],
  ['E14', 'a definer without search_path', `create function planted() returns int language sql security definer as 'select 1'`],
  ['E15', 'TRUNCATE granted', 'grant truncate on stores to tenantry_app'],
  ['E16', 'one column of a platform table', 'grant select (email) on users to tenantry_app'],
  ['E16', 'DELETE on a platform table', 'grant delete on users to tenantry_app'],
  ['E17', 'membership of the app role', 'grant tenantry_platform to tenantry_app'],
  ['E18', 'a definer of the owner', ...definer('tenantry_owner')],
  ['E18', 'a definer of the platform role', ...definer('tenantry_platform')],
  ['E18', 'a definer of a superuser', ...definer('current_user')],
  ['E19', 'a definer for everybody', 'grant execute on function mail_enqueue to public'],
  ['E20', 'a right on the queue', 'grant usage on schema bullmq to tenantry_app'],
  ['E20', 'a column of the queue', 'grant select (data) on bullmq.job to tenantry_app'],
  ['E21', 'CREATE on the schema', 'grant create on schema public to tenantry_app'],
  ['E21', 'temporary tables', `do $$ begin execute format('grant temporary on database %I to public', current_database()); end $$`],
  ['E22', 'WITH CHECK (true)', 'alter policy tenant_isolation on stores with check (true)'],
  ['E23', 'a restrictive policy of another name', 'create policy planted on stores as restrictive to tenantry_app using (true)'],
  [
    'E23',
    'store_scope without its first branch',
    `create policy store_scope on assignment_stores as restrictive to tenantry_app using ((select current_setting('app.store_scope', true)) = '*')`,
  ],
];

function definer(owner: string): string[] {
  return [
    `create function planted() returns int language sql security definer set search_path = public as 'select 1'`,
    'revoke execute on function planted() from public',
    `alter function planted() owner to ${owner}`,
  ];
}

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await cloneDatabase(`schema_${process.pid}`);
  client = new pg.Client({ connectionString: database.superUrl });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await dropDatabase(database);
});

interface Finding {
  readonly rule: string;
  readonly detail: string;
}
async function findings(): Promise<Finding[]> {
  const { rows } = await client.query<Finding>(LINT);
  return rows.filter(({ rule, detail }) => !(rule.startsWith('E09') && DUE_INDEXES.includes(detail)));
}

async function column(query: string, values: unknown[] = []): Promise<string[]> {
  const { rows } = await client.query<Record<string, string>>(query, values);
  return rows.map((row) => Object.values(row)[0] ?? '');
}

describe('rls-lint', () => {
  it('[002-10] finds nothing in a migrated database', async () => {
    expect(await findings()).toEqual([]);
  });

  it('has no exception that is not used', async () => {
    const { rows } = await client.query<Finding>(LINT);
    expect(rows.map(({ detail }) => detail).sort()).toEqual(DUE_INDEXES);
  });

  it.each(FAULTS)('%s finds %s', async (rule, _what, ...statements) => {
    const found = await rolledBack(client, async () => {
      for (const statement of statements) await client.query(statement);
      return findings();
    });
    expect(found.map((finding) => finding.rule.slice(0, 3))).toContain(rule);
  });

  it('has a planted fault for each of its rules', () => {
    const rules = new Set([...LINT.matchAll(/select '(E\d\d) /g)].map((match) => match[1]));
    expect(rules.size).toBe(23);
    expect([...new Set(FAULTS.map(([rule]) => rule))].sort()).toEqual([...rules].sort());
  });
});

describe('opting out', () => {
  const commented = `select c.relname::text from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
                        and obj_description(c.oid, 'pg_class') like $1 order by 1`;

  it('lists every global table', async () => {
    expect(await column(commented, ['@global %'])).toEqual(GLOBAL_TABLES);
  });

  it('lists every platform table', async () => {
    expect(await column(commented, ['@platform %'])).toEqual(PLATFORM_TABLES);
  });

  it('lists every definer function with its role', async () => {
    const { rows } = await client.query<{ owner: string; signature: string }>(
      `select proowner::regrole::text as owner, oid::regprocedure::text as signature from pg_proc
        where pronamespace = 'public'::regnamespace and prosecdef order by 1, 2`,
    );
    const found: Record<string, string[]> = {};
    for (const { owner, signature } of rows) (found[owner] ??= []).push(signature);
    expect(found).toEqual(DEFINERS);
  });

  it('gives no role that signs in a function or a relation', async () => {
    const owned = `select oid::regclass::text from pg_class where relowner = any ($1::regrole[]) union all select oid::regprocedure::text from pg_proc where proowner = any ($1::regrole[])`;
    expect(await column(owned, [['tenantry_app', 'tenantry_platform', 'tenantry_backup']])).toEqual([]);
  });
});

describe('a tenant table', () => {
  it('[002-09] [004-03] has tenant_id, not null, as the first column of its primary key', async () => {
    const { rows } = await client.query<{ name: string; leads: boolean | null; required: boolean | null }>(
      `select c.relname::text as name, a.attnotnull as required, i.indkey[0] = a.attnum as leads
         from pg_class c
         left join pg_attribute a on a.attrelid = c.oid and a.attname = 'tenant_id'
         left join pg_index i on i.indrelid = c.oid and i.indisprimary
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and obj_description(c.oid, 'pg_class') is null`,
    );
    expect(rows.filter(({ leads, required }) => leads !== true || required !== true)).toEqual([]);
    expect(rows.length).toBeGreaterThan(25);
  });

  it('has exactly the policies of the generator', async () => {
    const { rows } = await client.query<{ name: string; policies: string }>(
      `select c.relname::text as name, string_agg(p.polname || ' to ' || p.polroles::regrole[]::text, ', ' order by p.polname) as policies
         from pg_class c left join pg_policy p on p.polrelid = c.oid
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and obj_description(c.oid, 'pg_class') is null
        group by c.relname order by c.relname`,
    );
    const every = 'owner_all to {tenantry_owner}, platform_all to {tenantry_platform}, tenant_isolation to {tenantry_app}';
    // The log's own role reaches every tenant, by functions alone.
    const log = every.replace(', tenant_isolation', ', sealer to {tenantry_sealer}, tenant_isolation');
    const ofLog = new Set(['audit_events', 'audit_personal']);
    expect(rows.filter(({ name, policies }) => policies !== (ofLog.has(name) ? log : every))).toEqual([]);
    expect(rows.length).toBeGreaterThan(25);
  });

  it('has created_at, and updated_at only with the trigger that moves it', async () => {
    const wrong = `
      select c.relname from pg_class c
       where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
         and (not exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'created_at')
              or exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'updated_at')
                 <> exists (select from pg_trigger t where t.tgrelid = c.oid and t.tgname = c.relname || '_touch'))`;
    expect(await column(wrong)).toEqual([]);
  });

  it('uses no enum, no float, no time without zone and no serial', async () => {
    const wrong = `
      select a.attrelid::regclass || '.' || a.attname || ' ' || format_type(a.atttypid, null)
        from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_type t on t.oid = a.atttypid
       where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and a.attnum > 0
         and (t.typtype = 'e' or t.typname in ('float4', 'float8', 'money', 'timestamp', 'time'))
      union all
      select oid::regclass::text from pg_class where relnamespace = 'public'::regnamespace and relkind = 'S'
         and oid not in ('authz_version'::regclass, 'migrations_id_seq'::regclass)`;
    expect(await column(wrong)).toEqual([]);
  });

  it('names keys and constraints so that the error filter can read them', async () => {
    const wrong = `
      select conrelid::regclass || ' ' || conname from pg_constraint
       where connamespace = 'public'::regnamespace and contype in ('p', 'f', 'u', 'c') and coninhcount = 0
         and not (select relispartition from pg_class where oid = conrelid)
         and (left(conname, length(conrelid::regclass::text) + 1) <> conrelid::regclass || '_'
              or conname !~ (case contype when 'p' then '_pk$' when 'f' then '_fk$' when 'u' then '_key$' else '_check$' end))`;
    expect(await column(wrong)).toEqual([]);
  });
});

describe('rights', () => {
  it('equal the golden file (UPDATE_GOLDEN=1 writes it; a person reads the difference)', async () => {
    const rights = await column(RIGHTS);
    if (process.env['UPDATE_GOLDEN']) fs.writeFileSync(GOLDEN, `${rights.join('\n')}\n`);
    expect(rights).toEqual(fs.readFileSync(GOLDEN, 'utf8').trimEnd().split('\n'));
  });

  /** One line a table and role. Without partitions, which have none, and without the owner, who has all. */
  const RIGHTS = `
    with granted as (
      select c.relname::text as name, g.grantee::regrole::text as role, lower(g.privilege_type) as word, string_agg(x.attname, ', ' order by x.attname) as columns
        from pg_class c
        join (select oid as relid, relacl as acl, null::text as attname from pg_class
              union all select attrelid, attacl, attname::text from pg_attribute where not attisdropped) x on x.relid = c.oid
       cross join lateral aclexplode(x.acl) g
       where c.relnamespace = 'public'::regnamespace and not c.relispartition and g.grantee <> c.relowner
       group by 1, 2, 3, x.attname is null
    )
    select name || ' ' || role || ': ' || string_agg(word || coalesce('(' || columns || ')', ''), ', ' order by word, columns nulls first)
      from granted group by name, role order by name, role`;
});

describe('a mutant of the schema', () => {
  it.each([
    ['a policy', 'drop policy tenant_isolation on memberships'],
    ['a FORCE', 'alter table memberships no force row level security'],
    ['a composite foreign key', 'alter table variants drop constraint variants_tenant_id_product_id_fk'],
    ['a bump trigger', 'drop trigger memberships_bump_update on memberships'],
    ['the last-administrator trigger', 'drop trigger roles_keep_admin on roles'],
    ['an append-only trigger', 'drop trigger rbac_audit_log_append_only on rbac_audit_log'],
    ['a column grant', 'revoke update (name) on stores from tenantry_app'],
  ])('shows in the dump that migrations.spec.ts compares: without %s', async (_what, mutation) => {
    const before = await schemaDump(client);
    const after = await rolledBack(client, async () => {
      await client.query(mutation);
      return schemaDump(client);
    });
    expect(after).not.toEqual(before);
  });
});

describe('what an operator was given to type', () => {
  // Verbatim from the deployment guide, placeholders filled.
  const nobody = '00000000-0000-7000-8000-000000000000';
  it.each([
    [
      'recent denials',
      `SELECT user_id, resource, permission, result, created_at FROM rbac_audit_log WHERE result = 'denied' ORDER BY created_at DESC LIMIT 50`,
    ],
    [
      'checks of one user',
      `SELECT resource, permission, result, COUNT(*) as count FROM rbac_audit_log WHERE user_id = '${nobody}' AND created_at > datetime('now', '-7 days') GROUP BY resource, permission, result`,
    ],
    [
      'role and permissions of a user',
      `SELECT r.name as role, p.name as permission FROM tenant_users tu JOIN roles r ON tu.role_id = r.role_id
         JOIN role_permissions rp ON r.role_id = rp.role_id JOIN permissions p ON rp.permission_id = p.permission_id
        WHERE tu.user_id = '${nobody}' AND tu.tenant_id = '${nobody}'`,
    ],
    ['counts', 'SELECT COUNT(*) FROM tenants'],
    ['counts', 'SELECT COUNT(*) FROM roles'],
    ['counts', 'SELECT COUNT(*) FROM permissions'],
  ])('runs as the platform role: %s', async (_what, statement) => {
    const platform = new pg.Client({ connectionString: database.platformUrl });
    await platform.connect();
    try {
      await expect(platform.query(statement)).resolves.toBeDefined();
    } finally {
      await platform.end();
    }
  });
});

describe('append-only', () => {
  const tables = ['audit_events', 'events', 'rbac_audit_log'];
  const tenant = '01900000-0000-7000-8000-00000000000a';
  const inserts: Record<string, string> = {
    audit_events: `insert into audit_events (tenant_id, audit_event_id, occurred_at, action, severity, outcome, actor_type, actor_id, canonical)
                   values ('${tenant}', '${tenant}', now(), 'a.b', 'info', 'success', 'system', 'test', '{}')`,
    events: `insert into events (tenant_id, event_id, event_type, subject_id, body) values ('${tenant}', '${tenant}', 'a.b', '1', '{}')`,
    rbac_audit_log: `insert into rbac_audit_log (tenant_id, rbac_audit_id, resource, action, permission, result)
                     values ('${tenant}', '${tenant}', 'a', 'b', 'a:b', 'denied')`,
  };

  it.each(tables)('%s refuses a superuser UPDATE, DELETE and TRUNCATE, on the parent and on every partition', async (table) => {
    const partitions = await column(`select inhrelid::regclass::text from pg_inherits where inhparent = $1::regclass`, [table]);
    expect(partitions.length).toBeGreaterThanOrEqual(5);
    await rolledBack(client, async () => {
      await client.query(inserts[table] ?? '');
      for (const statement of [`update ${table} set created_at = now()`, `delete from ${table}`]) {
        await expect(refusedState(statement)).resolves.toBe('55000');
      }
      for (const one of [table, ...partitions]) await expect(refusedState(`truncate ${one}`)).resolves.toBe('55000');
    });
  });

  async function refusedState(statement: string): Promise<string> {
    await client.query('savepoint attempt');
    try {
      await client.query(statement);
      return 'allowed';
    } catch (error) {
      await client.query('rollback to attempt');
      return error instanceof pg.DatabaseError ? (error.code ?? '') : String(error);
    }
  }

  it('has partitions for now and three months ahead, made by the platform role', async () => {
    const platform = new pg.Client({ connectionString: database.platformUrl });
    await platform.connect();
    try {
      expect((await platform.query('select ensure_partitions() as made')).rows).toEqual([{ made: 0 }]);
      const { rows } = await platform.query<{ made: number }>(`select ensure_partitions('5 months') as made`);
      expect(rows[0]?.made).toBeGreaterThan(0);
    } finally {
      await platform.end();
    }
    expect(await findings()).toEqual([]);
    const monthly = await column(
      `select relname::text from pg_class where relispartition and relname ~ '^audit_events_\\d{4}_\\d\\d$' and relkind = 'r'`,
    );
    expect(monthly).toContain(`audit_events_${new Date().toISOString().slice(0, 7).replace('-', '_')}`);
  });
});
