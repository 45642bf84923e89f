import pg from 'pg';
import { PLATFORM_SCOPE_ID } from '../../apps/api/src/modules/audit/index.js';
import { newId } from '../../libs/platform/crypto/index.js';
import { auditsOf } from '../support/records.js';
import type { TestTenant, TestUser } from '../support/test-tenant.js';
import { OPS_KEY, world, type World } from '../support/world.js';

interface Entry {
  readonly audit_event_id: string;
  readonly tenant_id: string;
  readonly occurred_at: string;
  readonly action: string;
  readonly severity: string;
  readonly outcome: string;
  readonly actor: { readonly type: string; readonly id: string; readonly label: string | null; readonly role: string | null };
  readonly targets: readonly { readonly type: string; readonly id: string; readonly label: string | null }[];
  readonly changes: readonly { readonly field: string; readonly from?: unknown; readonly to?: unknown }[];
  readonly reason: string | null;
  readonly request_id: string;
}

jest.setTimeout(30_000);
let w: World;
let acme: TestTenant;
let owner: TestUser;
let role_id: string;
let product_id: string;
let superuser: pg.Client;

const log = async (query: string, user = owner): Promise<Entry[]> =>
  ((await user.get(`/audit-logs${query}`).expect(200)).body as { data: Entry[] }).data;
const ops = async (query: string): Promise<Entry[]> =>
  (
    (await w.request().get(`/api/v1/ops/audit-logs${query}`).set('host', 'localhost').set('x-ops-key', OPS_KEY).expect(200)).body as {
      data: Entry[];
    }
  ).data;

beforeAll(async () => {
  w = await world();
  superuser = new pg.Client({ connectionString: w.database.superUrl });
  await superuser.connect();
  acme = await w.tenant();
  owner = await acme.user();
  ({ role_id } = (await owner.post('/roles', { name: 'Packers', permissions: ['inventory:read'] }).expect(201)).body);
  await owner.patch(`/roles/${role_id}`, { name: 'Packers and movers' }).expect(200);
  ({ product_id } = (await owner.post('/products', { name: 'Crate', sku: 'C', price_minor: 1 }).expect(201)).body);
  const manager = await acme.user({ role: 'admin' });
  await manager.post('/roles', { name: 'Too much', permissions: ['billing:write'] }).expect(403);
}, 60_000);
afterAll(() => superuser?.end());

describe('GET /audit-logs', () => {
  it('[002-29] tells who did what to what, from what to what, newest first', async () => {
    const entries = await log('?limit=100');
    const actions = entries.map(({ action }) => action);
    expect(actions.indexOf('product.created')).toBeLessThan(actions.indexOf('role.updated'));
    expect(actions.indexOf('role.updated')).toBeLessThan(actions.indexOf('role.created'));
    expect([...entries].sort((a, b) => (a.audit_event_id < b.audit_event_id ? 1 : -1))).toEqual(entries);
    expect(entries.find(({ action }) => action === 'role.updated')).toMatchObject({
      tenant_id: acme.tenant_id,
      severity: 'warning',
      outcome: 'success',
      actor: { type: 'user', id: owner.user_id, label: owner.email, role: 'owner' },
      targets: [{ type: 'role', id: role_id, label: 'Packers and movers' }],
      changes: [{ field: 'name', from: 'Packers', to: 'Packers and movers' }],
      reason: null,
    });
    expect(new Set(entries.map((entry) => entry.tenant_id))).toEqual(new Set([acme.tenant_id]));
  });

  it('filters by each of its fields, and by all at once', async () => {
    const only = async (query: string, matches: (entry: Entry) => boolean): Promise<void> => {
      const entries = await log(`?limit=100&${query}`);
      expect([query, entries.length > 0, entries.filter((entry) => !matches(entry))]).toEqual([query, true, []]);
    };
    await only('action=role.created', ({ action }) => action === 'role.created');
    await only('action=role.*', ({ action }) => action.startsWith('role.'));
    await only(`actor_id=${owner.user_id}`, ({ actor }) => actor.id === owner.user_id);
    await only(`target_id=${role_id}`, ({ targets }) => targets.some(({ id }) => id === role_id));
    await only('target_type=product', ({ targets }) => targets.some(({ type }) => type === 'product'));
    await only(`target_type=product&target_id=${product_id}`, ({ targets }) => targets.some(({ id }) => id === product_id));
    await only('severity=warning', ({ severity }) => severity === 'warning');
    await only('outcome=denied', ({ outcome, action }) => outcome === 'denied' && action === 'rbac.grant_refused');
    const [one] = await log('?action=product.created');
    await only(`request_id=${one?.request_id}`, ({ request_id }) => request_id === one?.request_id);
    await only(
      `from=${one?.occurred_at}&to=${new Date(Date.now() + 60_000).toISOString()}&action=product.created&actor_id=${owner.user_id}&outcome=success&severity=info&target_id=${product_id}`,
      ({ action }) => action === 'product.created',
    );
    for (const query of [
      'action=role',
      'action=rol_.*',
      'action=%.*',
      `target_type=role&target_id=${product_id}`,
      `to=${one?.occurred_at}&action=product.created`,
      `actor_id=${newId()}`,
    ])
      expect([query, await log(`?${query}`)]).toEqual([query, []]);
  });

  it('pages through everything once', async () => {
    const all = (await log('?limit=100')).map(({ audit_event_id }) => audit_event_id);
    const paged: string[] = [];
    let cursor: string | null = null;
    do {
      const { body }: { body: { data: Entry[]; next_cursor: string | null } } = await owner
        .get(`/audit-logs?limit=3${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ''}`)
        .expect(200);
      paged.push(...body.data.map(({ audit_event_id }) => audit_event_id));
      cursor = body.next_cursor;
    } while (cursor);
    expect(paged.filter((id) => all.includes(id))).toEqual(all);
    expect(new Set(paged).size).toBe(paged.length);
  });

  it('[004-17] is open to an auditor, who changes nothing, and not to a viewer', async () => {
    const auditor = await acme.user({ role: 'auditor' });
    expect((await log('', auditor)).length).toBeGreaterThan(3);
    await auditor.post('/roles', { name: 'Mine', permissions: [] }).expect(403);
    const viewer = await acme.user({ role: 'viewer' });
    expect((await viewer.get('/audit-logs').expect(403)).body.permission).toBe('audit:read');
    expect((await viewer.get(`/audit-logs/${newId()}`).expect(403)).body.permission).toBe('audit:read');
  });

  it('is a read that is written down itself, once in ten minutes for the same question', async () => {
    const tenant = await w.tenant();
    const [first, second] = [await tenant.user(), await tenant.user()];
    for (let i = 0; i < 3; i++) await log('', first);
    await log('?severity=critical', first);
    await log('', second);
    const reads = await auditsOf(w, tenant.tenant_id, 'audit.read');
    expect(reads.map(({ actor }) => actor.id).sort()).toEqual([first.user_id, first.user_id, second.user_id].sort());
  });
});

describe('GET /audit-logs/:audit_event_id', () => {
  it('gives the text that is kept, in which persons stand as commitments only', async () => {
    const person = await acme.user({ role: 'viewer' });
    await owner.delete(`/admin/members/${person.user_id}`).set('user-agent', 'agent-canary/1').expect(204);
    const [removed] = await log('?action=member.removed');
    const { body } = await owner.get(`/audit-logs/${removed?.audit_event_id}`).expect(200);
    expect(body).toMatchObject({ ...removed, user_agent: 'agent-canary/1', ip: expect.stringContaining('127.0.0.1') });
    expect(body.targets[0].label).toBe(person.email);
    const kept = JSON.parse(body.canonical as string) as {
      targets: { label: string }[];
      actor: { label: string };
      ip: string;
      user_agent: string;
    };
    expect([kept.targets[0]?.label, kept.actor.label, kept.ip, kept.user_agent]).toEqual(
      Array.from({ length: 4 }, () => expect.stringMatching(/^c1:[\w-]{43}$/)),
    );
    for (const value of [person.email, owner.email, '127.0.0.1', 'agent-canary']) expect(body.canonical).not.toContain(value);
  });

  it('is 404 for what is not there', async () => {
    await owner.get(`/audit-logs/${newId()}`).expect(404);
    await owner.get('/audit-logs/latest').expect(404);
  });
});

describe('an audit row', () => {
  it('commits with the change or not at all', async () => {
    const tenant = await w.tenant();
    const user = await tenant.user();
    await user.post('/products', { name: 'A', sku: 'A', price_minor: 1 }).expect(201);
    await user.post('/products', { name: 'A', sku: 'a', price_minor: 1 }).expect(409);
    expect(await auditsOf(w, tenant.tenant_id, 'product.created')).toHaveLength(1);
  });

  it('cannot be changed or removed, by the role that serves tenants or by the one that owns the table, nor through a partition', async () => {
    const { rows: partitions } = await superuser.query<{ name: string }>(
      "select inhrelid::regclass::text as name from pg_inherits where inhparent = 'audit_events'::regclass order by 1",
    );
    const tables = ['audit_events', ...partitions.map(({ name }) => name)];
    expect(tables.length).toBeGreaterThan(1);
    for (const url of [w.database.appUrl, w.database.platformUrl, w.database.ownerUrl]) {
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      try {
        await client.query('begin');
        await client.query("select set_config('app.tenant_id', $1, true)", [acme.tenant_id]);
        for (const table of tables)
          for (const statement of [`update ${table} set action = 'x'`, `delete from ${table}`, `truncate ${table}`]) {
            await client.query('savepoint s');
            const outcome = await client.query(statement).then(
              ({ rowCount }) => `changed ${rowCount}`,
              () => 'refused',
            );
            await client.query('rollback to s');
            // The owner sees no row through the policy, so nothing is there to fire a row trigger on; a statement trigger refuses TRUNCATE.
            expect([
              url === w.database.ownerUrl && !statement.startsWith('truncate') ? outcome.replace('changed 0', 'refused') : outcome,
              statement,
            ]).toEqual(['refused', statement]);
          }
      } finally {
        await client.end();
      }
    }
    await superuser.query('begin');
    for (const statement of ["update audit_events set action = 'x'", 'delete from audit_events']) {
      await superuser.query('savepoint s');
      await expect(superuser.query(statement)).rejects.toThrow(); // whoever sees the rows meets the trigger
      await superuser.query('rollback to s');
    }
    await superuser.query('rollback');
  });

  it('[001-20] tells of a hint that named another tenant, in the log of the tenant of the credential, once a minute', async () => {
    const [mine, other] = [await w.tenant(), await w.tenant()];
    const user = await mine.user();
    for (let i = 0; i < 3; i++) await user.get('/tenant').set('x-tenant-id', other.slug).expect(403);
    expect(await auditsOf(w, mine.tenant_id, 'tenant.mismatch')).toEqual([
      expect.objectContaining({ outcome: 'denied', targets: [expect.objectContaining({ id: mine.tenant_id })] }),
    ]);
    expect(await auditsOf(w, other.tenant_id, 'tenant.mismatch')).toEqual([]);
  });

  it('of what staff do stands in both logs, with their reason; the tenant can read it', async () => {
    const tenant = await w.tenant();
    const user = await tenant.user();
    const staff = await w.staff();
    await staff.post(`/platform/tenants/${tenant.tenant_id}/suspend`, { reason: 'unpaid since March' }).expect(200);
    await staff.post(`/platform/tenants/${tenant.tenant_id}/resume`, { reason: 'paid on the phone' }).expect(200);
    const [resumed, suspended] = await log('?action=tenant.*&severity=critical', user);
    expect([resumed, suspended]).toMatchObject([
      { action: 'tenant.resumed', reason: 'paid on the phone', changes: [{ field: 'status', from: 'suspended', to: 'active' }] },
      {
        action: 'tenant.suspended',
        reason: 'unpaid since March',
        actor: { type: 'platform_staff', id: staff.platform_user_id },
        changes: [{ field: 'status', from: 'active', to: 'suspended' }],
      },
    ]);
    const own = await ops(`?tenant_id=${PLATFORM_SCOPE_ID}&target_id=${tenant.tenant_id}&limit=100`);
    expect(own.map(({ action }) => action)).toEqual(expect.arrayContaining(['tenant.resumed', 'tenant.suspended']));
  });
});

describe('GET /ops/audit-logs', () => {
  it('[000-63] filters all tenants’ rows by tenant, person, action, resource and date', async () => {
    const all = await ops('?limit=100');
    expect(new Set(all.map(({ tenant_id }) => tenant_id)).size).toBeGreaterThan(1);
    const only = async (query: string, matches: (entry: Entry) => boolean): Promise<void> => {
      const entries = await ops(`?limit=100&${query}`);
      expect([query, entries.length > 0, entries.filter((entry) => !matches(entry))]).toEqual([query, true, []]);
    };
    await only(`tenant_id=${acme.tenant_id}`, ({ tenant_id }) => tenant_id === acme.tenant_id);
    await only(`actor_id=${owner.user_id}`, ({ actor }) => actor.id === owner.user_id);
    await only('action=product.created', ({ action }) => action === 'product.created');
    await only(`target_type=role&target_id=${role_id}`, ({ targets }) => targets[0]?.id === role_id);
    const [row] = await ops(`?action=product.created&tenant_id=${acme.tenant_id}`);
    await only(`from=${row?.occurred_at}&tenant_id=${acme.tenant_id}`, ({ occurred_at }) => occurred_at >= (row?.occurred_at ?? ''));
    expect(await ops(`?to=2001-01-01`)).toEqual([]);
  });

  it('is written down itself, each time, in the platform’s own log and in no tenant’s', async () => {
    const before = (await ops(`?tenant_id=${PLATFORM_SCOPE_ID}&action=ops.audit_read&limit=100`)).length;
    await ops(`?tenant_id=${acme.tenant_id}`);
    const reads = await ops(`?tenant_id=${PLATFORM_SCOPE_ID}&action=ops.audit_read&limit=100`);
    expect(reads.length).toBeGreaterThanOrEqual(Math.min(100, before + 2));
    expect(reads[0]?.actor).toMatchObject({ type: 'machine', id: 'ops_key' });
    expect(await auditsOf(w, acme.tenant_id, 'ops.audit_read')).toEqual([]);
  });

  it('needs platform:audit of a person', async () => {
    expect((await (await w.staff('ops_viewer')).get('/ops/audit-logs').expect(403)).body.permission).toBe('platform:audit');
    await (await w.staff('ops_admin')).get('/ops/audit-logs').expect(200);
  });
});
