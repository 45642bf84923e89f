import supertest from 'supertest';
import { Users } from '../../apps/api/src/modules/identity/users.js';
import { Sessions } from '../../apps/api/src/modules/identity/sessions.js';
import { TenantTokens } from '../../apps/api/src/modules/identity/token-realms.js';
import { TenantsConsole } from '../../apps/api/src/modules/ops/tenants-console.service.js';
import { Members, Roles, type StoreScope } from '../../apps/api/src/modules/rbac/index.js';
import { newId, PasswordHasher } from '../../libs/platform/crypto/index.js';
import { PlatformDb, sql } from '../../libs/platform/db/index.js';
import { JobRunner, platformScope } from '../../libs/platform/queue/index.js';
import type { TenantId } from '../../libs/contracts/ids.js';
import type { World } from './world.js';

export interface TenantOptions {
  readonly slug?: string;
  readonly name?: string;
  readonly template?: 'inventory' | 'retail' | 'org' | 'cockpit' | 'business';
  readonly plan?: string;
  /** Further stores beside the default one; their codes. */
  readonly stores?: readonly string[];
}
export interface UserOptions {
  /** Code or name of a role of the tenant; default: the top role. */
  readonly role?: string;
  readonly store_scope?: StoreScope;
  readonly email?: string;
  /** Only where a test signs in with it: hashing takes 20 ms. */
  readonly password?: string;
}

/** A person signed in to a tenant; each call is a request with their bearer token. */
export interface TestUser {
  readonly user_id: string;
  readonly email: string;
  readonly token: string;
  readonly session_id: string;
  get(path: string): supertest.Test;
  post(path: string, body?: object): supertest.Test;
  put(path: string, body?: object): supertest.Test;
  patch(path: string, body?: object): supertest.Test;
  delete(path: string): supertest.Test;
}
export interface TestTenant {
  readonly tenant_id: string;
  readonly slug: string;
  readonly stores: Readonly<Record<string, string>>;
  user(options?: UserOptions): Promise<TestUser>;
  /** Another sign-in of the same person. */
  session(user: TestUser): Promise<TestUser>;
}

let counter = 0;
const unique = (): string => `${process.pid.toString(36)}${(counter++).toString(36)}${Math.random().toString(36).slice(2, 5)}`;
const storesOf = sql`select store_id, code from stores where tenant_id = $1`;
const insertStore = sql`insert into stores (tenant_id, store_id, code, name, time_zone, currency) values ($1, $2, $3, $3, 'UTC', 'EUR')`;

/** A tenant as the product makes it: through the console and the whole provisioning pipeline. */
export async function createTenant(world: World, options: TenantOptions = {}): Promise<TestTenant> {
  const { app } = world;
  const slug = options.slug ?? `t${unique()}`;
  const scope = platformScope('test');
  const created = await app.get(TenantsConsole, { strict: false }).create(scope, {
    name: options.name ?? `Tenant ${slug}`,
    subdomain: slug,
    template_code: options.template ?? 'business',
    plan_code: options.plan ?? 'enterprise',
  });
  const { provisioning_job_id, tenant_id } = created;
  const outcome = await app.get(JobRunner, { strict: false }).run('provisioning.run', { provisioning_job_id });
  if (outcome !== 'done' && outcome !== 'not_due') throw new Error(`the tenant was not made: ${outcome}`);
  const db = app.get(PlatformDb, { strict: false });
  await waitUntilActive(db, provisioning_job_id);
  for (const code of options.stores ?? [])
    await db.inTenant(scope, tenant_id as TenantId, (tx) => tx.query(insertStore, [tenant_id, newId(), code]));
  const rows = await db.query<{ store_id: string; code: string }>(scope, storesOf, [tenant_id]);
  return {
    tenant_id,
    slug,
    stores: Object.fromEntries(rows.map((row) => [row.code, row.store_id])),
    user: (userOptions) => createUser(world, tenant_id, userOptions),
    session: (user) => startSession(world, tenant_id, user),
  };
}

const jobState = sql`select state, error from provisioning_jobs where provisioning_job_id = $1`;
async function waitUntilActive(db: PlatformDb, id: string): Promise<void> {
  for (let i = 0; i < 200; i++) {
    const [job] = await db.query<{ state: string; error: unknown }>(platformScope('test'), jobState, [id]);
    if (job?.state === 'succeeded') return;
    if (job?.state === 'failed') throw new Error(`provisioning failed: ${JSON.stringify(job.error)}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('provisioning did not end');
}

async function createUser(world: World, tenant_id: string, options: UserOptions = {}): Promise<TestUser> {
  const { app } = world;
  const email = options.email ?? `u${unique()}@example.com`;
  const password_hash = options.password ? await app.get(PasswordHasher, { strict: false }).hash(options.password) : null;
  const db = app.get(PlatformDb, { strict: false });
  const { user_id, session_id } = await db.inTenant(platformScope('test'), tenant_id as TenantId, async (tx) => {
    const user =
      (await app.get(Users, { strict: false }).find(tx, email)) ??
      (await app.get(Users, { strict: false }).create(tx, { email, display_name: `Person ${email}`, password_hash, email_verified: true }));
    const roles = app.get(Roles, { strict: false });
    const role = options.role ? await roles.resolve(tx, { role: options.role }) : await roles.top(tx);
    await app.get(Members, { strict: false }).add(tx, {
      user_id: user.user_id, email, email_normalized: user.email_normalized, display_name: user.display_name, role_id: role.role_id, store_scope: options.store_scope ?? { mode: 'all', store_ids: [] }, granted_by: null,
    }); // prettier-ignore
    const facts = { request_id: newId(), ip: '127.0.0.1', user_agent: 'test', method: 'POST', route: 'test' };
    const session = await app
      .get(Sessions, { strict: false })
      .start(tx, { user_id: user.user_id, tenant_id, caller: { kind: 'native', facts } as never });
    return { user_id: user.user_id, session_id: session.session_id };
  });
  const token = app.get(TenantTokens, { strict: false }).sign({ sub: user_id, sid: session_id, tid: tenant_id }, 900);
  return { user_id, email, session_id, ...clientOf(world, token) };
}

async function startSession(world: World, tenant_id: string, { user_id, email }: TestUser): Promise<TestUser> {
  const { app } = world;
  const facts = { request_id: newId(), ip: '127.0.0.1', user_agent: 'test', method: 'POST', route: 'test' };
  const { session_id } = await app
    .get(PlatformDb, { strict: false })
    .inTenant(platformScope('test'), tenant_id as TenantId, (tx) =>
      app.get(Sessions, { strict: false }).start(tx, { user_id, tenant_id, caller: { kind: 'native', facts } as never }),
    );
  const token = app.get(TenantTokens, { strict: false }).sign({ sub: user_id, sid: session_id, tid: tenant_id }, 900);
  return { user_id, email, session_id, ...clientOf(world, token) };
}

/** Requests under `/api/v1` with a bearer token. */
export function clientOf(world: World, token: string): Omit<TestUser, 'user_id' | 'email' | 'session_id'> {
  const send = (method: 'get' | 'post' | 'put' | 'patch' | 'delete', path: string, body?: object): supertest.Test => {
    const request = world.request()[method](`/api/v1${path}`).set('host', 'localhost').set('authorization', `Bearer ${token}`);
    return body === undefined ? request : request.send(body);
  };
  return {
    token,
    get: (path) => send('get', path),
    post: (path, body) => send('post', path, body),
    put: (path, body) => send('put', path, body),
    patch: (path, body) => send('patch', path, body),
    delete: (path) => send('delete', path),
  };
}
