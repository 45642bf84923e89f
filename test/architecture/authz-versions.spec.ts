import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { testDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
let platform: pg.Client;

beforeAll(async () => {
  database = await testDatabase();
  platform = await connect(database.platformUrl);
  await platform.query(`insert into modules (module_code, name) values ('spec_versions', 'Versions') on conflict do nothing`);
  await platform.query(
    `insert into features (feature_code, module_code, name) values ('spec_versions', 'spec_versions', 'Versions') on conflict do nothing`,
  );
});
afterAll(() => platform.end());

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  return client;
}

/** A tenant with an administrator `admin`, a member `other` with a role of their own, a store, and the role `boss`. */
async function world() {
  const tenant = randomUUID();
  const ids = {
    tenant,
    admin: randomUUID(),
    other: randomUUID(),
    boss: randomUUID(),
    clerk: randomUUID(),
    store: randomUUID(),
    key: randomUUID(),
    adminHas: randomUUID(),
    otherHas: randomUUID(),
  };
  await platform.query(`insert into tenants (tenant_id, name, status) values ($1, 'Spec', 'active')`, [tenant]);
  await platform.query(`insert into tenant_state (tenant_id, slug, access) values ($1, $2, 'full')`, [tenant, `t${tenant.slice(0, 8)}`]);
  for (const user of [ids.admin, ids.other]) {
    await platform.query(`insert into users (user_id, email, email_normalized, display_name) values ($1, $2, $2, 'Somebody')`, [
      user,
      `${user}@spec.example`,
    ]);
    await platform.query(
      `insert into memberships (tenant_id, user_id, email, email_normalized, display_name) values ($1, $2, $3, $3, 'Somebody')`,
      [tenant, user, `${user}@spec.example`],
    );
  }
  await platform.query(
    `insert into roles (tenant_id, role_id, code, name, permissions) values ($1, $2, 'boss', 'Boss', '{users:admin}'), ($1, $3, 'clerk', 'Clerk', '{orders:read}')`,
    [tenant, ids.boss, ids.clerk],
  );
  await platform.query(`insert into stores (tenant_id, store_id, code, name, currency) values ($1, $2, 'MAIN', 'Main', 'EUR')`, [
    tenant,
    ids.store,
  ]);
  await assign(tenant, ids.adminHas, ids.admin, ids.boss);
  await assign(tenant, ids.otherHas, ids.other, ids.clerk);
  await platform.query(
    `insert into api_keys (tenant_id, api_key_id, name, prefix, scopes, all_stores, owner_user_id) values ($1, $2, 'Key', 'tn_live_abcd', '{orders:read}', true, $3)`,
    [tenant, ids.key, ids.admin],
  );
  await platform.query(`insert into tenant_modules (tenant_id, module_code, enabled) values ($1, 'spec_versions', true)`, [tenant]);
  await platform.query(`insert into tenant_features (tenant_id, feature_code, enabled) values ($1, 'spec_versions', true)`, [tenant]);
  await platform.query(`insert into entitlements (tenant_id, status, source) values ($1, 'active', 'manual')`, [tenant]);
  return ids;
}
type World = Awaited<ReturnType<typeof world>>;

async function assign(tenant: string, assignment: string, user: string, role: string): Promise<void> {
  await platform.query(
    `insert into role_assignments (tenant_id, role_assignment_id, user_id, role_id, all_stores) values ($1, $2, $3, $4, true)`,
    [tenant, assignment, user, role],
  );
}

/** Every version of a tenant, by the name of what holds it. */
async function versions(ids: World): Promise<Record<string, string>> {
  const { rows } = await platform.query<{ id: string; version: string }>(
    `select 'tenant' as id, version from tenant_state where tenant_id = $1
     union all select principal_id::text, version from authz_state where tenant_id = $1`,
    [ids.tenant],
  );
  const names = Object.fromEntries(Object.entries(ids).map(([name, id]) => [id, name]));
  return Object.fromEntries(rows.map((row) => [names[row.id] ?? row.id, row.version]));
}

/** Which versions a statement moves. */
async function bumps(ids: World, statement: string, values: unknown[] = []): Promise<string[]> {
  const before = await versions(ids);
  await platform.query(statement, values);
  const after = await versions(ids);
  return Object.keys(after)
    .filter((name) => after[name] !== before[name])
    .sort();
}

const state = async (ids: World, principal: string) =>
  (
    await platform.query<{ version: string; member_active: boolean; user_active: boolean; active: boolean }>(
      'select version, member_active, user_active, active from authz_state where tenant_id = $1 and principal_id = $2',
      [ids.tenant, principal],
    )
  ).rows[0];

describe('the version of a principal', () => {
  let ids: World;
  beforeEach(async () => {
    ids = await world();
  });

  it('is made with the membership and with the key', async () => {
    expect(Object.keys(await versions(ids)).sort()).toEqual(['admin', 'key', 'other', 'tenant']);
    expect(await state(ids, ids.key)).toMatchObject({ active: true });
  });

  it.each([
    [
      'a membership that is suspended',
      `update memberships set status = 'suspended' where tenant_id = $1 and user_id = $2`,
      'other',
      ['other'],
    ],
    [
      'a role given',
      `insert into role_assignments (tenant_id, role_assignment_id, user_id, role_id, all_stores) select $1, gen_random_uuid(), $2, role_id, true from roles where tenant_id = $1 and code = 'boss'`,
      'other',
      ['other'],
    ],
    ['a role taken', `delete from role_assignments where tenant_id = $1 and user_id = $2`, 'other', ['other']],
    [
      'an assignment narrowed to stores',
      `update role_assignments set all_stores = false where tenant_id = $1 and user_id = $2`,
      'other',
      ['other'],
    ],
    ['an assignment that ends', `update role_assignments set expires_at = now() where tenant_id = $1 and user_id = $2`, 'other', ['other']],
    ['a key revoked', `update api_keys set revoked_at = now() where tenant_id = $1 and api_key_id = $2`, 'key', ['key']],
    ['a key rotated', `update api_keys set rotated_at = now() where tenant_id = $1 and api_key_id = $2`, 'key', ['key']],
    ['a key bound to addresses', `update api_keys set ip_cidrs = '{10.0.0.0/8}' where tenant_id = $1 and api_key_id = $2`, 'key', ['key']],
    ['a key deleted', `delete from api_keys where tenant_id = $1 and api_key_id = $2`, 'key', ['key']],
  ] as const)('moves with %s, and no other does', async (_what, statement, who, moved) => {
    expect(await bumps(ids, statement, [ids.tenant, ids[who]])).toEqual(moved);
  });

  it('moves with each store of an assignment and of a key', async () => {
    const add = 'insert into assignment_stores (tenant_id, role_assignment_id, user_id, store_id) values ($1, $2, $3, $4)';
    expect(await bumps(ids, add, [ids.tenant, ids.otherHas, ids.other, ids.store])).toEqual(['other']);
    expect(await bumps(ids, 'delete from assignment_stores where tenant_id = $1', [ids.tenant])).toEqual(['other']);
    expect(
      await bumps(ids, 'insert into api_key_stores (tenant_id, api_key_id, store_id) values ($1, $2, $3)', [
        ids.tenant,
        ids.key,
        ids.store,
      ]),
    ).toEqual(['key']);
    expect(await bumps(ids, 'delete from api_key_stores where tenant_id = $1', [ids.tenant])).toEqual(['key']);
  });

  it('moves for both people when an assignment changes hands, and once a statement for many', async () => {
    expect(
      await bumps(ids, 'update role_assignments set user_id = $3 where tenant_id = $1 and role_assignment_id = $2', [
        ids.tenant,
        ids.otherHas,
        ids.admin,
      ]),
    ).toEqual(['admin', 'other']);
    expect(
      await bumps(
        ids,
        'update role_assignments set expires_at = null, all_stores = not all_stores where tenant_id = $1 and role_id <> $2',
        [ids.tenant, ids.boss],
      ),
    ).toEqual(['admin']);
  });

  it('moves in every tenant of a person whose account is disabled or whose password changes', async () => {
    expect(await bumps(ids, `update users set status = 'disabled' where user_id = $1`, [ids.other])).toEqual(['other']);
    expect(await state(ids, ids.other)).toMatchObject({ user_active: false, member_active: true, active: false });
    expect(await bumps(ids, `insert into user_credentials (user_id, password_hash) values ($1, 'a')`, [ids.admin])).toEqual(['admin']);
    expect(await bumps(ids, `update user_credentials set password_hash = 'b' where user_id = $1`, [ids.admin])).toEqual(['admin']);
    expect(await bumps(ids, `update user_credentials set password_changed_at = now() where user_id = $1`, [ids.admin])).toEqual([]);
  });

  it.each([
    ['a display name', `update memberships set display_name = 'Else', email = 'else' where tenant_id = $1`],
    [
      'the account behind it',
      `update users set display_name = 'Else', last_login_at = now() where user_id in (select user_id from memberships where tenant_id = $1)`,
    ],
    [
      'being seen',
      `insert into principal_activity (tenant_id, principal_id, last_seen_at) select tenant_id, user_id, now() from memberships where tenant_id = $1`,
    ],
    ['a key renamed', `update api_keys set name = 'Else' where tenant_id = $1`],
    ['an update that changes nothing', `update role_assignments set all_stores = all_stores where tenant_id = $1`],
    [
      'branding',
      `update tenants set branding = '{"primary_color":"#123456"}', name = 'Else', settings = '{"pos":{}}' where tenant_id = $1`,
    ],
    ['a role described', `update roles set description = 'Else' where tenant_id = $1`],
  ])('does not move with %s', async (_what, statement) => {
    expect(await bumps(ids, statement, [ids.tenant])).toEqual([]);
  });

  it('never comes back: a membership removed and added again has a number that no context holds', async () => {
    await platform.query('delete from role_assignments where tenant_id = $1 and user_id = $2', [ids.tenant, ids.other]);
    const seen = new Set<string>();
    for (let round = 0; round < 3; round++) {
      const now = await state(ids, ids.other);
      expect(seen).not.toContain(now?.version);
      seen.add(now?.version ?? '');
      await platform.query('delete from memberships where tenant_id = $1 and user_id = $2', [ids.tenant, ids.other]);
      const gone = await state(ids, ids.other);
      expect(gone).toMatchObject({ active: false, member_active: false });
      expect(seen).not.toContain(gone?.version);
      seen.add(gone?.version ?? '');
      await platform.query(
        `insert into memberships (tenant_id, user_id, email, email_normalized, display_name) values ($1, $2, 'x', 'x', 'x')`,
        [ids.tenant, ids.other],
      );
    }
  });
});

describe('the version of a tenant', () => {
  let ids: World;
  beforeEach(async () => {
    ids = await world();
  });

  it.each([
    ['a role edited', `update roles set permissions = '{orders:read,orders:write}' where tenant_id = $1 and code = 'clerk'`],
    ['a role made', `insert into roles (tenant_id, role_id, code, name) values ($1, gen_random_uuid(), 'new', 'New')`],
    ['a module switched', `update tenant_modules set enabled = false where tenant_id = $1`],
    ['a feature switched', `update tenant_features set enabled = false where tenant_id = $1`],
    ['entitlements', `update entitlements set modules = '{pos}' where tenant_id = $1`],
    ['no entitlements', `delete from entitlements where tenant_id = $1`],
    ['a second factor asked of everybody', `update tenants set mfa_required = true where tenant_id = $1`],
  ])('moves with %s, and no principal does', async (_what, statement) => {
    expect(await bumps(ids, statement, [ids.tenant])).toEqual(['tenant']);
  });

  it.each([
    ['active', false, 'full'],
    ['active', true, 'read_only'],
    ['suspended', true, 'restricted'],
    ['provisioning', false, 'not_ready'],
    ['failed', false, 'not_ready'],
    ['archived', false, 'closed'],
    ['purging', false, 'closed'],
    ['deleted', false, 'closed'],
  ])('carries the access that follows from %s (read only: %s): %s', async (status, readOnly, access) => {
    await platform.query('update tenants set status = $2, read_only = $3 where tenant_id = $1', [ids.tenant, status, readOnly]);
    const { rows } = await platform.query('select access from tenant_state where tenant_id = $1', [ids.tenant]);
    expect(rows).toEqual([{ access }]);
  });

  it('moves for all tenants with the library, a kill switch and a dependency, and not when a seed repeats itself', async () => {
    const second = await world();
    await platform.query(
      `insert into role_library (library_role, permissions, rank) values ('spec_role', '{orders:read}', 1) on conflict do nothing`,
    );
    for (const statement of [
      `update role_library set permissions = array_append(permissions, 'stock:read') where library_role = 'spec_role'`,
      `update modules set is_active = not is_active where module_code = 'spec_versions'`,
      `update modules set depends_on = array_append(depends_on, 'x') where module_code = 'spec_versions'`,
      `update features set is_active = not is_active where feature_code = 'spec_versions'`,
    ]) {
      const before = await versions(second);
      expect(await bumps(ids, statement)).toEqual(['tenant']);
      expect((await versions(second))['tenant']).not.toBe(before['tenant']);
    }
    expect(await bumps(ids, `update modules set name = 'Else' where module_code = 'spec_versions'`)).toEqual([]);
    const again = `insert into role_library (library_role, permissions, rank) select library_role, permissions, rank from role_library
                   on conflict (library_role) do update set permissions = excluded.permissions, rank = excluded.rank`;
    expect(await bumps(ids, again)).toEqual([]);
  });
});

describe('the last administrator', () => {
  let ids: World;
  beforeEach(async () => {
    ids = await world();
  });

  const second = async (): Promise<string> => {
    const assignment = randomUUID();
    await assign(ids.tenant, assignment, ids.other, ids.boss);
    return assignment;
  };
  const refused = { code: 'TN001' };

  it.each([
    ['the assignment is deleted', `delete from role_assignments where tenant_id = $1 and role_id = $2`],
    [
      'the assignment gets an end',
      `update role_assignments set expires_at = now() + interval '1 year' where tenant_id = $1 and role_id = $2`,
    ],
    ['the assignment is narrowed to stores', `update role_assignments set all_stores = false where tenant_id = $1 and role_id = $2`],
    [
      'the member is suspended',
      `update memberships m set status = 'suspended' from role_assignments a where m.tenant_id = $1 and a.user_id = m.user_id and a.role_id = $2`,
    ],
    [
      'the member is removed',
      `update memberships m set status = 'removed' from role_assignments a where m.tenant_id = $1 and a.user_id = m.user_id and a.role_id = $2`,
    ],
    ['the role loses users:admin', `update roles set permissions = '{}' where tenant_id = $1 and role_id = $2`],
  ])('stays when %s', async (_what, statement) => {
    await expect(platform.query(statement, [ids.tenant, ids.boss])).rejects.toMatchObject(refused);
    await second();
    if (!statement.startsWith('update roles'))
      await expect(
        platform.query(`${statement} ${statement.includes('from role_assignments a') ? 'and m.user_id = $3' : 'and user_id = $3'}`, [
          ids.tenant,
          ids.boss,
          ids.admin,
        ]),
      ).resolves.toBeDefined();
  });

  it('stays when role and assignment go in one transaction, in either order', async () => {
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const statements = [
        `update roles set permissions = '{}' where tenant_id = $1 and role_id = $2`,
        `delete from role_assignments where tenant_id = $1 and role_id = $2`,
      ];
      await platform.query('begin');
      for (const index of order) await platform.query(statements[index] ?? '', [ids.tenant, ids.boss]);
      await expect(platform.query('commit')).rejects.toMatchObject(refused);
    }
  });

  it('may hand over within one transaction, whatever the order', async () => {
    await platform.query('begin');
    await platform.query('delete from role_assignments where tenant_id = $1 and role_id = $2', [ids.tenant, ids.boss]);
    await second();
    await expect(platform.query('commit')).resolves.toBeDefined();
  });

  it('may go from a tenant that is no longer active, and others may leave one that has none', async () => {
    await platform.query(`update tenants set status = 'purging' where tenant_id = $1`, [ids.tenant]);
    await platform.query('delete from role_assignments where tenant_id = $1 and role_id = $2', [ids.tenant, ids.boss]);
    await platform.query(`update tenants set status = 'active' where tenant_id = $1`, [ids.tenant]);
    await expect(
      platform.query(`update memberships set status = 'removed' where tenant_id = $1 and user_id = $2`, [ids.tenant, ids.other]),
    ).resolves.toBeDefined();
  });

  it('is kept for the app role too, which reads only its own tenant and cannot write the row it locks', async () => {
    const app = await connect(database.appUrl);
    try {
      await app.query('begin');
      await app.query(`select set_config('app.tenant_id', $1, true)`, [ids.tenant]);
      await app.query('delete from role_assignments where tenant_id = $1 and role_id = $2', [ids.tenant, ids.boss]);
      await expect(app.query('commit')).rejects.toMatchObject(refused);
      await app.query('begin');
      await app.query(`select set_config('app.tenant_id', $1, true)`, [ids.tenant]);
      await app.query('delete from role_assignments where tenant_id = $1 and user_id = $2', [ids.tenant, ids.other]);
      await expect(app.query('commit')).resolves.toBeDefined();
      await expect(app.query('select from tenant_state where tenant_id = $1 for no key update', [ids.tenant])).rejects.toMatchObject({
        code: '42501',
      });
    } finally {
      await app.end();
    }
  });

  it.each(['read committed', 'repeatable read', 'serializable'])(
    'stays under two removals at once (%s): exactly one commits',
    async (isolation) => {
      await second();
      const [one, two] = [await connect(database.platformUrl), await connect(database.platformUrl)];
      try {
        for (const [client, user] of [
          [one, ids.admin],
          [two, ids.other],
        ] as const) {
          await client.query(`begin isolation level ${isolation}`);
          await client.query('delete from role_assignments where tenant_id = $1 and user_id = $2 and role_id = $3', [
            ids.tenant,
            user,
            ids.boss,
          ]);
        }
        const ends = await Promise.allSettled([one.query('commit'), two.query('commit')]);
        expect(ends.filter((end) => end.status === 'fulfilled')).toHaveLength(1);
        const reason = ends.find((end): end is PromiseRejectedResult => end.status === 'rejected')?.reason as pg.DatabaseError;
        expect(['TN001', '40001']).toContain(reason.code);
        const { rows } = await platform.query('select count(*)::int as left from role_assignments where tenant_id = $1 and role_id = $2', [
          ids.tenant,
          ids.boss,
        ]);
        expect(rows).toEqual([{ left: 1 }]);
      } finally {
        await Promise.all([one.end(), two.end()]);
      }
    },
  );
});

describe('what the app role may do', () => {
  let ids: World;
  let app: pg.Client;
  beforeAll(async () => {
    ids = await world();
    app = await connect(database.appUrl);
  });
  afterAll(() => app.end());

  const as = async (tenant: string | null, statement: string, values: unknown[] = []) => {
    await app.query('begin');
    try {
      if (tenant !== null) await app.query(`select set_config('app.tenant_id', $1, true)`, [tenant]);
      return (await app.query(statement, values)).rows;
    } finally {
      await app.query('rollback');
    }
  };

  it('[002-10] sees its own tenant, no other, and nothing without one', async () => {
    const foreign = await world();
    expect(await as(ids.tenant, 'select tenant_id from tenants')).toEqual([{ tenant_id: ids.tenant }]);
    expect(await as(ids.tenant, 'select user_id from memberships where tenant_id = $1', [foreign.tenant])).toEqual([]);
    expect(await as(null, 'select tenant_id from tenants')).toEqual([]);
    await expect(
      as(ids.tenant, `insert into products (tenant_id, product_id, name) values ($1, gen_random_uuid(), 'x')`, [foreign.tenant]),
    ).rejects.toThrow('row-level security');
    await expect(
      as(null, `insert into products (tenant_id, product_id, name) values ($1, gen_random_uuid(), 'x')`, [ids.tenant]),
    ).rejects.toThrow('row-level security');
  });

  it.each([
    'select email from users',
    'select password_hash from user_credentials',
    'select token_hash from refresh_tokens',
    'select ip from sessions',
    'select challenge from tenant_hosts',
    `update entitlements set status = 'active'`,
    `update subscriptions set status = 'active'`,
    `update tenants set status = 'active'`,
    `insert into memberships (tenant_id, user_id, email, email_normalized, display_name) select null, null, '', '', ''`,
    `update authz_state set version = 1`,
    'select body_sealed from mail_messages',
    'select event_id from event_outbox',
    'delete from audit_events',
    `select ensure_partitions()`,
  ])('is refused: %s', async (statement) => {
    await expect(as(ids.tenant, statement)).rejects.toMatchObject({ code: '42501' });
  });

  it('puts in a mail and a credential of its own tenant without reading them', async () => {
    const mail = randomUUID();
    const hash = Buffer.alloc(32, mail);
    await app.query('begin');
    await app.query(`select set_config('app.tenant_id', $1, true)`, [ids.tenant]);
    await app.query(`select mail_enqueue($1, 'a@spec.example', 'invitation', 'Hello', '\\x00')`, [mail]);
    await app.query(`select credential_put($1, 'invitation', $2, now() + interval '2 days')`, [hash, mail]);
    await app.query('commit');
    expect((await platform.query('select tenant_id, state from mail_messages where mail_message_id = $1', [mail])).rows).toEqual([
      { tenant_id: ids.tenant, state: 'queued' },
    ]);
    expect((await platform.query('select tenant_id, ref_id from credential_index where credential_hash = $1', [hash])).rows).toEqual([
      { tenant_id: ids.tenant, ref_id: mail },
    ]);
    const foreign = await world();
    expect(await as(foreign.tenant, 'select credential_drop($1) as gone', [mail])).toEqual([{ gone: 0 }]);
    expect(await as(ids.tenant, 'select credential_drop($1) as gone', [mail])).toEqual([{ gone: 1 }]);
  });

  it('runs the authorization statement: every table it needs, by key', async () => {
    const rows = await as(
      ids.tenant,
      `select t.version, t.access, a.version, a.active, m.status, e.modules, s.revoked_at,
              (select json_agg(json_build_object('all', ra.all_stores, 'permissions', coalesce(l.permissions, r.permissions),
                 'stores', (select array_agg(x.store_id) from assignment_stores x where x.tenant_id = ra.tenant_id and x.role_assignment_id = ra.role_assignment_id)))
                 from role_assignments ra join roles r on r.tenant_id = ra.tenant_id and r.role_id = ra.role_id
                 left join role_library l on l.library_role = r.library_role where ra.tenant_id = t.tenant_id and ra.user_id = $2) as held,
              (select json_agg(tm.module_code) from tenant_modules tm join modules mo on mo.module_code = tm.module_code where tm.tenant_id = t.tenant_id and tm.enabled and mo.is_active) as modules_on,
              (select json_agg(tf.feature_code) from tenant_features tf join features f on f.feature_code = tf.feature_code where tf.tenant_id = t.tenant_id) as features_on
         from tenant_state t
         left join authz_state a on a.tenant_id = t.tenant_id and a.principal_id = $2
         left join memberships m on m.tenant_id = t.tenant_id and m.user_id = $2
         left join entitlements e on e.tenant_id = t.tenant_id
         left join sessions s on s.session_id = $3
        where t.tenant_id = $1`,
      [ids.tenant, ids.admin, randomUUID()],
    );
    expect(rows).toMatchObject([
      { access: 'full', active: true, status: 'active', held: [{ all: true, permissions: ['users:admin'], stores: null }] },
    ]);
  });
});
