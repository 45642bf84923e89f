import pg from 'pg';
import type supertest from 'supertest';
import { PLATFORM_SCOPE_ID } from '../../apps/api/src/modules/audit/index.js';
import { ensureFirstOwner } from '../../apps/api/src/modules/ops/index.js';
import { eventually } from '../support/eventually.js';
import { world, type World } from '../support/world.js';

jest.setTimeout(60_000);

const STAFF = { email: 'first.owner@tenantry.example', password: 'Lantern-over-water-91!' };
const OWNER = { email: 'nora@northwind.example', name: 'Nora North', password: 'Crane-and-compass-27!' };
const MEMBER = { email: 'willem@northwind.example', name: 'Willem Ware', password: 'Pallet-jack-morning-64!' };
/** Seed 004, as it is written there. */
const WAREHOUSE_MANAGER = {
  name: 'Warehouse Manager',
  description: 'Manages inventory and fulfillment',
  permissions: ['inventory:read', 'inventory:write', 'orders:read', 'orders:write'],
};
/** Longer than the reaper's round, which brings back an alarm that was lost. */
const PATIENCE_MS = 25_000;

interface AuditEvent {
  readonly audit_event_id: string;
  readonly tenant_id: string;
  readonly occurred_at: string;
  readonly action: string;
  readonly outcome: string;
  readonly actor: { readonly type: string; readonly id: string; readonly label: string | null };
  readonly targets: readonly { readonly type: string; readonly id: string; readonly label: string | null }[];
  readonly changes: readonly { readonly field: string; readonly from?: unknown; readonly to?: unknown }[];
}
interface Caller {
  readonly token?: string;
  /** `X-Tenant-Id` */
  readonly tenant?: string;
}

/** From the first sign-in of the platform's owner to a member who is refused: with the queue's own workers, the paths as the seeds write them. */
describe('the walk through the product', () => {
  let w: World;
  let bystander: Caller;
  let before: AuditEvent[];
  let staff: string;
  let staff_id: string;
  let northwind: string;
  let owner: Caller;
  let owner_id: string;
  let role_id: string;
  let member: Caller;
  let member_id: string;

  beforeAll(async () => {
    w = await world({ work: true, own_database: 'walk', env: { FIRST_OWNER_EMAIL: STAFF.email, FIRST_OWNER_PASSWORD: STAFF.password } });
    await ensureFirstOwner(w.app);
    const harbour = await w.tenant({ slug: 'harbour', name: 'Harbour', template: 'inventory' });
    bystander = { token: (await harbour.user()).token };
    await auditLog('/audit-logs?limit=100', bystander); // a first look is a row itself
    before = await auditLog('/audit-logs?limit=100', bystander);
  }, 60_000);

  /** What `curl -X … /api/…` sends. */
  const call = (method: 'get' | 'post', path: string, { token, tenant }: Caller = {}, body?: object): supertest.Test => {
    const request = w.request()[method](`/api${path}`).set('host', 'localhost');
    if (token) void request.set('authorization', `Bearer ${token}`);
    if (tenant) void request.set('x-tenant-id', tenant);
    return body ? request.send(body) : request;
  };
  /** The token behind the link of the newest mail to an address, from the mailbox of the quick start. */
  const tokenMailedTo = (to: string): Promise<string> =>
    eventually(async () => {
      const { body } = await call('get', `/dev/mailbox?to=${to}`).expect(200);
      return String((body.data[0].links as string[]).map((link) => link.split('/invite#')[1]).find(Boolean));
    }, PATIENCE_MS);
  const auditLog = async (path: string, caller: Caller): Promise<AuditEvent[]> =>
    (await call('get', path, caller).expect(200)).body.data as AuditEvent[];

  it('signs the owner of the platform in', async () => {
    const { body } = await call('post', '/platform/auth/login', {}, STAFF).expect(200);
    expect(body).toMatchObject({ token_type: 'Bearer', user: { email: STAFF.email, role: 'superuser' } });
    staff = body.token;
    staff_id = body.user.platform_user_id;
  });

  it('003-18, 004-07 creates the tenant Northwind, and its steps finish one after the other', async () => {
    const input = {
      name: 'Northwind',
      subdomain: 'northwind',
      features: ['webhooks'],
      template_code: 'inventory',
      owner: { email: OWNER.email, name: OWNER.name },
    };
    const { body: created } = await call('post', '/tenants', { token: staff }, input).expect(201);
    expect(created).toMatchObject({ name: 'Northwind', slug: 'northwind', status: 'provisioning' });
    northwind = created.tenant_id;
    expect((await call('post', '/tenants', { token: staff }, input).expect(409)).body.code).toBe('slug_taken');
    expect((await call('post', '/tenants', { token: staff }, { ...input, subdomain: 'north_wind' }).expect(400)).body.code).toBe(
      'slug_invalid',
    );

    const job = await eventually(async () => {
      const { body } = await call('get', `/ops/provisioning/jobs/${created.provisioning_job_id}`, { token: staff }).expect(200);
      expect(body.state).toBe('succeeded');
      return body as { steps: { step_key: string; state: string; finished_at: string }[] };
    }, PATIENCE_MS);
    expect(job.steps.map(({ state }) => state)).toEqual(job.steps.map(() => 'done'));
    expect(job.steps.map(({ step_key }) => step_key)).toEqual(
      expect.arrayContaining(['reserve', 'roles', 'entitlements', 'stores', 'owner', 'check', 'activate']),
    );
    expect(job.steps.map(({ finished_at }) => finished_at)).toEqual(job.steps.map(({ finished_at }) => finished_at).sort());
    expect((await call('get', '/tenants', { token: staff }).expect(200)).body.data).toContainEqual(
      expect.objectContaining({ slug: 'northwind', status: 'active' }),
    );
  });

  it('000-18, 003-08 takes the owner from the mail to a password and into the tenant', async () => {
    const token = await tokenMailedTo(OWNER.email);
    expect((await call('get', `/auth/invitation/${token}`).expect(200)).body).toMatchObject({
      email: OWNER.email,
      tenant_name: 'Northwind',
      account_exists: false,
    });
    await call('post', '/auth/accept-invitation', {}, { token, display_name: OWNER.name, password: OWNER.password }).expect(200);

    const { body } = await call('post', '/auth/login', {}, { email: OWNER.email, password: OWNER.password }).expect(200);
    expect(body).toMatchObject({
      user: { email: OWNER.email, display_name: OWNER.name },
      tenant: { tenant_id: northwind, slug: 'northwind', status: 'active' },
    });
    owner = { token: body.token, tenant: northwind };
    owner_id = body.user.user_id;
    expect((await call('post', '/auth/accept-invitation', {}, { token, password: OWNER.password }).expect(410)).body.code).toBe(
      'invitation_used',
    );
  });

  it('004-12 finds the roles of the pack and creates the Warehouse Manager of seed 004', async () => {
    const { body: role } = await call('post', '/roles', owner, WAREHOUSE_MANAGER).expect(201);
    expect(role).toMatchObject({ ...WAREHOUSE_MANAGER, is_system: false, member_count: 0 });
    role_id = role.role_id;
    const { body } = await call('get', '/roles', owner).expect(200);
    expect(body.data.map(({ name }: { name: string }) => name).sort()).toEqual([
      'Admin',
      'Analyst',
      'Auditor',
      'Manager',
      'Warehouse Manager',
    ]);
  });

  it('000-28 adds a member with that role, who signs in', async () => {
    await call('post', '/admin/invitations', owner, { email: MEMBER.email, role_id }).expect(201);
    const token = await tokenMailedTo(MEMBER.email);
    const { body: joined } = await call(
      'post',
      '/auth/accept-invitation',
      {},
      { token, display_name: MEMBER.name, password: MEMBER.password },
    ).expect(200);
    expect((await call('get', '/auth/me', { token: joined.token }).expect(200)).body.user.email).toBe(MEMBER.email);

    const { body } = await call('post', '/auth/login', {}, { email: MEMBER.email, password: MEMBER.password }).expect(200);
    member = { token: body.token, tenant: northwind };
    member_id = body.user.user_id;
    const { body: me } = await call('get', '/auth/me', member).expect(200);
    expect(me).toMatchObject({ user: { email: MEMBER.email }, tenant: { slug: 'northwind' } });
    expect(me.permissions).toEqual(expect.arrayContaining(['inventory:read', 'inventory:write']));
    expect(WAREHOUSE_MANAGER.permissions).toEqual(expect.arrayContaining(me.permissions)); // those of orders open nothing while no module serves them
  });

  it('004-21 serves the member where the role has the permission, and refuses where it has not', async () => {
    await call('post', '/products', member, { name: 'Crate', sku: 'CRATE-1', price_minor: 1_200 }).expect(201);
    const { body } = await call('get', '/inventory', member).expect(200);
    expect(body.data).toEqual([expect.objectContaining({ sku: 'CRATE-1' })]);

    const before = await w.runtime.metrics.expose();
    expect(before).not.toContain('rbac_denied_total{permission="users:read"');
    const { body: refused } = await call('get', '/admin/members', member)
      .expect(403)
      .expect('content-type', /application\/problem\+json/);
    expect(refused).toMatchObject({ code: 'permission_denied', permission: 'users:read' });
    await call('post', '/roles', member, { ...WAREHOUSE_MANAGER, name: 'Mine' }).expect(403);
    await call('get', '/audit-logs', member).expect(403);
    await call('get', '/tenants', member).expect(401);
  });

  it('004-22 logs the refusal in rbac_audit_log, where the statements of seed 004 find it, and counts it', async () => {
    const { body } = await call('get', `/rbac/decisions?result=denied&user_id=${member_id}`, owner).expect(200);
    expect(body.data.map(({ permission }: { permission: string }) => permission)).toEqual(['audit:read', 'roles:write', 'users:read']);
    expect(body.data.at(-1)).toMatchObject({
      user_id: member_id, resource: 'users', permission: 'users:read', action: 'read', result: 'denied', reason: 'not_granted', occurrences: 1, method: 'GET', ip: expect.stringContaining('127.0.0.1'),
    }); // prettier-ignore

    const client = new pg.Client({ connectionString: w.database.superUrl });
    await client.connect();
    try {
      const denials = await client.query(`SELECT user_id, resource, permission, result, created_at
FROM rbac_audit_log
WHERE result = 'denied'
ORDER BY created_at DESC
LIMIT 50;`);
      expect(denials.rows.filter(({ user_id }) => user_id === member_id)).toHaveLength(3);
      const checks = await client.query(`SELECT resource, permission, result, COUNT(*) as count
FROM rbac_audit_log
WHERE user_id = '${member_id}'
  AND created_at > datetime('now', '-7 days')
GROUP BY resource, permission, result;`);
      expect(checks.rows).toContainEqual({ resource: 'users', permission: 'users:read', result: 'denied', count: '1' });
    } finally {
      await client.end();
    }

    const text = await w.runtime.metrics.expose();
    expect(text).toContain('rbac_denied_total{permission="users:read",resource="users",action="read"} 1');
    expect(text).toContain('rbac_denied_total{permission="roles:write",resource="roles",action="write"} 1');
  });

  it('has every step in the audit log of Northwind, in order, each with who did it', async () => {
    const log = (await auditLog('/audit-logs?limit=100', owner)).reverse();
    expect(new Set(log.map(({ tenant_id }) => tenant_id))).toEqual(new Set([northwind]));
    // Who accepts an invitation has no account before: the row names the account as its target.
    const joining = [['user.created', null], ['member.added', null], ['invitation.accepted', null]]; // prettier-ignore
    expect(log.map(({ action, actor }) => [action, actor.label])).toEqual([
      ['tenant.created', STAFF.email], ['store.created', 'provisioning.run'], ['invitation.created', 'provisioning.run'], ['tenant.activated', 'provisioning.run'],
      ...joining, ['auth.login', OWNER.email],
      ['role.created', OWNER.email], ['invitation.created', OWNER.email],
      ...joining, ['auth.login', MEMBER.email],
      ['product.created', MEMBER.email],
    ]); // prettier-ignore
    expect(log.map(({ outcome }) => outcome)).toEqual(log.map(() => 'success'));
    const of = (action: string): AuditEvent | undefined => log.find((event) => event.action === action);
    expect(of('tenant.created')).toMatchObject({
      actor: { type: 'platform_staff' },
      targets: [{ type: 'tenant', id: northwind, label: 'northwind' }],
    });
    expect(of('role.created')).toMatchObject({
      actor: { type: 'user', id: owner_id },
      targets: [{ type: 'role', id: role_id, label: 'Warehouse Manager' }],
    });
    expect(of('role.created')?.changes).toContainEqual({ field: 'permissions', to: WAREHOUSE_MANAGER.permissions });
    expect(log.filter(({ action }) => action === 'member.added').map(({ targets }) => targets[0])).toEqual([
      expect.objectContaining({ id: owner_id, label: OWNER.email }),
      expect.objectContaining({ id: member_id, label: MEMBER.email }),
    ]);
  });

  it('has no step in the audit log or the decisions of another tenant', async () => {
    const log = await auditLog('/audit-logs?limit=100', bystander);
    expect(log).toEqual(before);
    const text = JSON.stringify([log, (await call('get', '/rbac/decisions', bystander).expect(200)).body]);
    for (const trace of [northwind, owner_id, member_id, role_id, 'northwind', 'Northwind', 'Warehouse']) expect(text).not.toContain(trace);
    expect((await call('get', '/audit-logs', { token: bystander.token, tenant: northwind }).expect(403)).body.code).toBe('tenant_mismatch');
  });

  it('000-63 shows the staff the same rows by tenant, user, action, resource and dates, and their own acts in the log of the platform', async () => {
    const rows = await auditLog(`/ops/audit-logs?limit=100&tenant_id=${northwind}`, { token: staff });
    const all = await auditLog('/audit-logs?limit=100', owner);
    expect(all[0]?.action).toBe('audit.read'); // the owner's first look
    expect(rows).toEqual(all);
    const filtered = async (filter: string): Promise<string[]> =>
      (await auditLog(`/ops/audit-logs?limit=100&tenant_id=${northwind}&${filter}`, { token: staff })).map(({ action }) => action);
    expect(await filtered(`actor_id=${member_id}`)).toEqual(['product.created', 'auth.login']);
    expect(await filtered('action=tenant.activated')).toEqual(['tenant.activated']);
    expect(await filtered('target_type=role')).toEqual(['role.created']);
    expect(await filtered(`to=${all.at(-2)?.occurred_at}`)).toEqual(['tenant.created']);
    expect(await filtered(`from=${new Date(Date.now() + 60_000).toISOString()}`)).toEqual([]);
    const own = await auditLog(`/ops/audit-logs?limit=100&tenant_id=${PLATFORM_SCOPE_ID}`, { token: staff });
    const acts = own.filter(({ actor }) => actor.label === STAFF.email).map(({ action, targets }) => [action, targets[0]?.id]);
    expect(acts.reverse()).toEqual([
      ['platform.login', staff_id],
      ['tenant.created', northwind],
      ...Array<string[]>(6).fill(['ops.audit_read', northwind]),
    ]);
  });
});
