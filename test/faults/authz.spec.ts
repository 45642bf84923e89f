import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Permission } from '#contracts/permissions.js';
import type { TenantId } from '#contracts/ids.js';
import { Authorizer, CredentialVerifier, DecisionLog, RateLimits, RouteTable, TenantRefusals } from '../../libs/platform/auth/index.js';
import { TenantAccess, type AccessParts } from '../../libs/platform/auth/tenant-access.js';
import { newId, sha256 } from '../../libs/platform/crypto/index.js';
import { isStaleAuthz, PlatformDb, sql, TenantDb, type Param, type Sql, type TenantScope } from '../../libs/platform/db/index.js';
import { makeTenantScope } from '../../libs/platform/db/scope-factory.js';
import { JobRunner, platformScope, Queues } from '../../libs/platform/queue/index.js';
import { cloneDatabase } from '../support/database.js';
import { createTestJobs, testQueue, type TestJob } from '../support/test-jobs.js';
import type { TestTenant, TestUser } from '../support/test-tenant.js';
import { world, type World } from '../support/world.js';

const ALL = { mode: 'all' as const, store_ids: [] };
const endSession = sql`update sessions set revoked_at = now(), revoked_reason = 'ops' where session_id = $1`;
const setTenant = sql`update tenants set status = $2 where tenant_id = $1`;
const insertStore = sql`insert into stores (tenant_id, store_id, code, name, time_zone, currency) values ($1, $2, $3, $3, 'UTC', 'EUR')`;
const insertCredential = sql`select credential_put($1, 'invitation', $2, now() + interval '1 hour')`;
const storesNamed = sql`select store_id from stores where tenant_id = $1 and code = $2`;
const credentialsOf = sql`select credential_hash from credential_index where ref_id = $1`;
const renameRole = sql`update roles set name = $3 where tenant_id = $1 and role_id = $2`;
const roleNamed = sql`select name from roles where tenant_id = $1 and role_id = $2`;
const countStores = sql`select count(*)::int as n from stores where tenant_id = $1`;
const storesIn = sql`select code from stores where tenant_id = $1 and store_id = any($2::uuid[]) order by code`;
const insertJob = sql`
  insert into test_jobs (tenant_id, test_job_id, next_run_at, principal_id, permission) values ($1, $2, now() - interval '1 second', $3, $4)`;
const jobRow = sql`select state, attempts, effects, error from test_jobs where test_job_id = $1`;
const dueAgain = sql`update test_jobs set next_run_at = now() - interval '1 second' where test_job_id = $1`;

let w: World;
/** What a run of the test job does with its scope. */
let work: (job: TestJob) => Promise<void> = () => Promise.resolve();
const queue = testQueue({ name: 'test.authz', run: (job: never) => work(job), failed: () => Promise.resolve() } as never);

beforeAll(async () => {
  const database = await cloneDatabase(`authz_${process.pid}`);
  await createTestJobs(database);
  w = await world({ database, env: { AUTHZ_MODE: 'optimistic' } });
  w.app.get(Queues, { strict: false }).register([queue]);
}, 120_000);
afterEach(() => w.clock.reset());

const platform = <R>(statement: Sql, params: readonly Param[]): Promise<R[]> =>
  w.app.get(PlatformDb, { strict: false }).query<R>(platformScope('test'), statement, params);
const get = <T>(token: abstract new (...args: never[]) => T): T => w.app.get<T>(token as never, { strict: false });

interface Stage {
  readonly acme: TestTenant;
  readonly owner: TestUser;
  readonly member: TestUser;
  readonly role_id: string;
}
async function stage(permissions: readonly Permission[] = ['stores:read', 'roles:read', 'users:read']): Promise<Stage> {
  const acme = await w.tenant({ stores: ['AA', 'BB'] });
  const owner = await acme.user();
  const { body } = await owner.post('/roles', { name: 'Clerk', permissions }).expect(201);
  const member = await acme.user({ role: 'clerk' });
  return { acme, owner, member, role_id: body.role_id };
}

/** What the guard makes of a request to `GET /stores` of this person; the second time it goes on with what it remembers. */
async function enter({ acme, member }: Stage): Promise<{ access: TenantAccess; scope: TenantScope; request: FastifyRequest }> {
  const parts: AccessParts = {
    db: get(TenantDb),
    authorizer: get(Authorizer),
    verifier: get(CredentialVerifier),
    decisions: get(DecisionLog),
    refusals: get(TenantRefusals),
    limits: get(RateLimits),
  };
  const route = get(RouteTable).routes.find(({ method, path }) => method === 'GET' && path === '/stores');
  if (!route) throw new Error('no such route');
  const request = {
    id: newId(),
    method: 'GET',
    url: '/stores',
    headers: {},
    ip: '127.0.0.1',
    routeOptions: { url: '/stores' },
  } as unknown as FastifyRequest;
  const credential = {
    kind: 'user', user_id: member.user_id, session_id: member.session_id, tenant_id: acme.tenant_id, limited_to: null, expires_at: new Date(),
  } as const; // prettier-ignore
  const reply = { headers: () => reply } as unknown as FastifyReply;
  const access = new TenantAccess(
    parts,
    { request, reply, route },
    {
      route,
      permissions: ['stores:read'],
      credential,
      host: { kind: 'any' } as never,
      hint: null,
      params: {},
    },
  );
  await access.open();
  return { access, scope: request.scope as TenantScope, request };
}

/** The scope of a request that goes on with remembered rights. */
async function guessing(s: Stage) {
  await enter(s);
  const entered = await enter(s);
  expect(entered.access.isSettled).toBe(false);
  return entered;
}

describe('a stale opening', () => {
  /** The opening of remembered rights, with nobody who would refresh them. */
  async function unrefreshed(s: Stage): Promise<TenantScope> {
    const { scope } = await guessing(s);
    const { tenant_id, actor, request_id } = scope;
    const opening = scope.opening();
    return makeTenantScope({ tenant_id, actor, request_id, stores: 'all', opening: () => opening });
  }

  it('runs nothing of what stands behind it: not into a table with row-level security, not into one without', async () => {
    const s = await stage();
    const scope = await unrefreshed(s);
    const db = get(TenantDb);
    const insert = {
      store: [insertStore, [s.acme.tenant_id, newId(), 'GHOST']],
      secret: [insertCredential, [sha256('ghost'), s.role_id]],
    } as const;
    // While it holds, both statements do what they say.
    await db.query(scope, insertStore, [s.acme.tenant_id, newId(), 'REAL']);
    expect(await platform(storesNamed, [s.acme.tenant_id, 'REAL'])).toHaveLength(1);
    await platform(endSession, [s.member.session_id]);
    for (const [statement, params] of [insert.store, insert.secret]) {
      const attempts = [() => db.query(scope, statement, params), () => db.run(scope, (tx) => tx.query(statement, params))];
      for (const attempt of attempts) {
        const error: unknown = await attempt().then(() => null, (reason: unknown) => reason); // prettier-ignore
        expect(isStaleAuthz(error)).toBe(true);
      }
    }
    expect(await platform(storesNamed, [s.acme.tenant_id, 'GHOST'])).toEqual([]);
    expect(await platform(credentialsOf, [s.role_id])).toEqual([]);
  });

  it('ends in the refusal, and what the transaction was to do is not done', async () => {
    const s = await stage();
    const { scope, access } = await guessing(s);
    await s.owner.patch(`/roles/${s.role_id}`, { permissions: ['orders:read'] }).expect(200);
    let runs = 0;
    const running = get(TenantDb).run(scope, async (tx) => {
      runs += 1;
      await tx.query(insertStore, [s.acme.tenant_id, newId(), 'GHOST']);
    });
    await expect(running).rejects.toMatchObject({ code: 'permission_denied', status: 403 });
    expect([runs, access.isSettled]).toEqual([1, true]);
    expect(await platform(storesNamed, [s.acme.tenant_id, 'GHOST'])).toEqual([]);
  });

  it('repeats the work once where the rights still suffice, with what they are now', async () => {
    const s = await stage();
    const { scope } = await guessing(s);
    const stores = Object.values(s.acme.stores);
    await s.owner
      .patch(`/admin/members/${s.member.user_id}`, {
        assignments: [{ role_id: s.role_id, store_scope: { mode: 'selected', store_ids: [s.acme.stores['AA']] } }],
      })
      .expect(200);
    let runs = 0;
    const seen = await get(TenantDb).run(scope, async (tx) => {
      runs += 1;
      return [await tx.query(storesIn, [s.acme.tenant_id, scope.stores === 'all' ? stores : [...scope.stores]])];
    });
    expect([runs, seen]).toEqual([2, [[{ code: 'AA' }]]]);
  });

  it('is not repeated with parameters that were made from the old stores', async () => {
    const s = await stage();
    const { scope } = await guessing(s);
    const old = scope.stores === 'all' ? Object.values(s.acme.stores) : [...scope.stores];
    await s.owner
      .patch(`/admin/members/${s.member.user_id}`, {
        assignments: [{ role_id: s.role_id, store_scope: { mode: 'selected', store_ids: [s.acme.stores['AA']] } }],
      })
      .expect(200);
    await expect(get(TenantDb).query(scope, storesIn, [s.acme.tenant_id, old])).rejects.toMatchObject({
      code: 'authz_changed',
      status: 409,
    });
    // The next request has the new ones.
    const next = await enter(s);
    expect(next.scope.stores).toEqual([s.acme.stores['AA']]);
  });

  it('is not what a transaction makes of itself by changing rights', async () => {
    const s = await stage();
    const { scope } = await guessing(s);
    const [stores] = await get(TenantDb).run(scope, async (tx) => {
      await tx.query(renameRole, [s.acme.tenant_id, s.role_id, 'Head clerk']); // a new version of the tenant's rights
      await tx.savepoint(async (part) => part.query(renameRole, [s.acme.tenant_id, s.role_id, 'Lost'])).then(() => undefined);
      await tx.savepoint(async (part) => { await part.query(renameRole, [s.acme.tenant_id, s.role_id, 'Undone']); throw new Error('undo'); }).catch(() => undefined); // prettier-ignore
      return tx.in(scope.wholeTenant('a test')).query<{ n: number }>(countStores, [s.acme.tenant_id]);
    });
    expect(stores?.n).toBe(3);
    expect(await platform(roleNamed, [s.acme.tenant_id, s.role_id])).toEqual([{ name: 'Lost' }]);
  });

  it('keeps an effect outside of the database from happening: confirm asks first', async () => {
    const s = await stage();
    const { scope } = await guessing(s);
    expect(await scope.confirm()).toMatchObject({ tenant_id: s.acme.tenant_id, actor: { id: s.member.user_id } });
    await platform(endSession, [s.member.session_id]);
    const effects: string[] = [];
    await expect(scope.confirm().then(() => effects.push('signed'))).rejects.toMatchObject({ code: 'session_revoked' });
    expect(effects).toEqual([]);
  });

  it('is found before an answer leaves that asked the database nothing', async () => {
    const s = await stage();
    const first = await guessing(s);
    await first.access.settle();
    expect(first.access.isSettled).toBe(true);
    const second = await guessing(s);
    await platform(endSession, [s.member.session_id]);
    await expect(second.access.settle()).rejects.toMatchObject({ code: 'session_revoked' });
  });

  it('gives no second right that the remembered ones had, and none to whoever was told no by them', async () => {
    const s = await stage();
    const { scope, access } = await guessing(s);
    expect(() => scope.for('audit:read')).toThrow(expect.objectContaining({ code: 'permission_denied' }));
    await s.owner.patch(`/roles/${s.role_id}`, { permissions: ['stores:read', 'audit:read'] }).expect(200);
    await expect(access.settle()).rejects.toMatchObject({ code: 'authz_changed' });
    const { scope: other } = await guessing(s);
    const audit = other.for('audit:read');
    await s.owner.patch(`/roles/${s.role_id}`, { permissions: ['stores:read'] }).expect(200);
    await expect(get(TenantDb).query(audit, countStores, [s.acme.tenant_id])).rejects.toMatchObject({ code: 'permission_denied', extras: { permission: 'audit:read' } }); // prettier-ignore
  });
});

describe('the job of a tenant', () => {
  async function arm(s: Stage, asked: { principal_id: string; permission: string } | null) {
    const test_job_id = newId();
    const params = [s.acme.tenant_id, test_job_id, asked?.principal_id ?? null, asked?.permission ?? null];
    await platform(insertJob, params);
    const row = async () =>
      (await platform<{ state: string; attempts: number; effects: number; error: { code: string } | null }>(jobRow, [test_job_id]))[0];
    return { run: () => get(JobRunner).run('test.authz', { test_job_id }), row, due: () => platform(dueAgain, [test_job_id]) };
  }
  /** Rows that the scope of a job sees, and the stores it says. */
  const seen: { stores: unknown; actor: unknown }[] = [];
  beforeEach(() => {
    seen.length = 0;
    work = async (job) => void seen.push({ stores: job.scope.stores, actor: job.scope.actor });
  });

  it('waits while the tenant is suspended, and runs when it is back', async () => {
    const s = await stage();
    const job = await arm(s, null);
    await platform(setTenant, [s.acme.tenant_id, 'suspended']);
    expect(await job.run()).toBe('waits');
    expect([await job.row(), seen]).toMatchObject([{ state: 'waiting', attempts: 0 }, []]);
    await platform(setTenant, [s.acme.tenant_id, 'active']);
    await job.due();
    expect(await job.run()).toBe('done');
    expect(seen).toMatchObject([{ stores: 'all', actor: { type: 'system' } }]);
  });

  it('runs with what its requester may do now, in the stores of the permission', async () => {
    const s = await stage();
    await s.owner
      .patch(`/admin/members/${s.member.user_id}`, {
        assignments: [{ role_id: s.role_id, store_scope: { mode: 'selected', store_ids: [s.acme.stores['BB']] } }],
      })
      .expect(200);
    const job = await arm(s, { principal_id: s.member.user_id, permission: 'stores:read' });
    expect(await job.run()).toBe('done');
    expect(seen).toEqual([
      { stores: [s.acme.stores['BB']], actor: expect.objectContaining({ type: 'user', id: s.member.user_id, label: s.member.email }) },
    ]);
  });

  it('of a requester who lost the right, was suspended, has left or never was, fails and does nothing', async () => {
    const s = await stage();
    const others = [await s.acme.user({ role: 'clerk' }), await s.acme.user({ role: 'clerk' })];
    const jobs = [
      await arm(s, { principal_id: s.member.user_id, permission: 'stores:read' }),
      await arm(s, { principal_id: String(others[0]?.user_id), permission: 'roles:read' }),
      await arm(s, { principal_id: String(others[1]?.user_id), permission: 'roles:read' }),
      await arm(s, { principal_id: newId(), permission: 'roles:read' }),
      await arm(s, { principal_id: s.owner.user_id, permission: 'inventory:read' }),
    ];
    await s.owner.patch(`/admin/members/${s.member.user_id}`, { assignments: [{ role: 'operator', store_scope: { mode: 'selected', store_ids: [] } }] }).expect(200); // prettier-ignore
    await s.owner.patch(`/admin/members/${others[0]?.user_id}`, { status: 'suspended' }).expect(200);
    await s.owner.delete(`/admin/members/${others[1]?.user_id}`).expect(204);
    await s.owner.patch('/tenant/settings', { modules: { catalog: false, stock: false, pos: false, sales: false, purchasing: false } });
    await platform(sql`update tenant_modules set enabled = false where tenant_id = $1 and module_code = 'catalog'`, [s.acme.tenant_id]);
    for (const job of jobs) {
      expect(await job.run()).toBe('failed');
      expect(await job.row()).toMatchObject({ state: 'failed', error: { code: 'permission_denied' } });
    }
    expect(seen).toEqual([]);
  });

  it('of a key is that of the key: its owner’s rights within its own', async () => {
    const s = await stage();
    const { body } = await s.owner.post('/api-keys', { name: 'Export', scopes: ['stores:read'], store_scope: ALL }).expect(201);
    const { api_key_id } = body.api_key;
    const [inside, outside] = [
      await arm(s, { principal_id: api_key_id, permission: 'stores:read' }),
      await arm(s, { principal_id: api_key_id, permission: 'users:read' }),
    ];
    expect([await inside.run(), await outside.run()]).toEqual(['done', 'failed']);
    expect(seen).toMatchObject([{ stores: 'all', actor: { type: 'api_key', id: api_key_id, label: 'Export' } }]);
    const later = await arm(s, { principal_id: api_key_id, permission: 'stores:read' });
    await s.owner.delete(`/api-keys/${api_key_id}`).expect(204);
    expect(await later.run()).toBe('failed');
  });

  it('looks again before an effect outside of the database', async () => {
    const s = await stage();
    const job = await arm(s, { principal_id: s.member.user_id, permission: 'stores:read' });
    const effects: string[] = [];
    work = async ({ scope }) => {
      await scope.confirm();
      effects.push('first');
      await s.owner.patch(`/admin/members/${s.member.user_id}`, { status: 'suspended' }).expect(200);
      await scope.confirm();
      effects.push('second');
    };
    expect(await job.run()).toBe('failed');
    expect([effects, (await job.row())?.error?.code]).toEqual([['first'], 'permission_denied']);
  });

  it('sees its own tenant and nothing else', async () => {
    const [s, other] = [await stage(), await stage()];
    const job = await arm(s, { principal_id: s.member.user_id, permission: 'stores:read' });
    const rows: unknown[] = [];
    work = async ({ scope }) => void rows.push(await get(TenantDb).query(scope, sql`select distinct tenant_id from stores`));
    expect(await job.run()).toBe('done');
    expect(rows).toEqual([[{ tenant_id: s.acme.tenant_id as TenantId }]]);
    expect(other.acme.tenant_id).not.toBe(s.acme.tenant_id);
  });
});
