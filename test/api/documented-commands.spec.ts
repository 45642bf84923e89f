import pg from 'pg';
import { RbacDecisionLog } from '../../apps/api/src/modules/rbac/index.js';
import { LIBRARY_ROLES } from '../../libs/contracts/roles.js';
import { newId } from '../../libs/platform/crypto/index.js';
import { curlCommands, fill, guide, readCurl, sendCurl, statements } from '../support/guides.js';
import { auditsOf } from '../support/records.js';
import type { StaffClient } from '../support/test-staff.js';
import type { TestTenant, TestUser } from '../support/test-tenant.js';
import { CRON_KEY, OPS_KEY, world, type World } from '../support/world.js';

jest.setTimeout(60_000);

/** What the guides of operators print, sent and typed as it stands there; only placeholders are filled. */
const OWNER = { email: 'first.owner@tenantry.example', password: 'Lantern-over-water-91!' };
let w: World;
let staff: StaffClient;
beforeAll(async () => {
  w = await world({
    own_database: `guides_${process.pid}`,
    env: {
      PLATFORM_HOSTS: 'your-domain.com', FRONTEND_URL: 'https://your-domain.com', FIRST_OWNER_EMAIL: OWNER.email, FIRST_OWNER_PASSWORD: OWNER.password,
    }, // prettier-ignore
  });
  staff = await w.staff();
}, 60_000);

const commandOf = (name: string, part: string): string => {
  const found = curlCommands(guide(name)).filter((command) => command.includes(part));
  if (found.length !== 1) throw new Error(`${found.length} commands with ${part} in ${name}`);
  return found[0] ?? '';
};
const run = (name: string, part: string, values: Readonly<Record<string, string>> = {}) =>
  sendCurl(w.request(), readCurl(commandOf(name, part), values));
/** A request without any credential but the given headers, on the host of the guides. */
const bare = (method: 'get' | 'post' | 'delete', path: string, headers: Readonly<Record<string, string>> = {}) =>
  Object.entries(headers).reduce(
    (request, [name, value]) => request.set(name, value),
    w.request()[method](path).set('host', 'your-domain.com'),
  );

describe('the commands of the tenancy guide', () => {
  const GUIDE = 'tenancy-guide.commands.sh';
  let acme: TestTenant;
  let admin: TestUser;
  beforeAll(async () => {
    acme = await w.tenant({ template: 'inventory' });
    admin = await acme.user({ role: 'Admin' });
  });

  it('[004-07] make a tenant with its features', async () => {
    const { body } = await run(GUIDE, '/api/tenants ', { YOUR_ADMIN_TOKEN: staff.token }).expect(201);
    expect(body).toMatchObject({ name: 'Acme Corporation', slug: 'acme', status: 'provisioning', provisioning_job_id: expect.any(String) });
    expect((await run(GUIDE, '/api/tenants ', { YOUR_ADMIN_TOKEN: staff.token }).expect(409)).body.code).toBe('slug_taken');
    expect((await run(GUIDE, '/api/tenants ', { YOUR_ADMIN_TOKEN: admin.token }).expect(401)).body.code).toBe('wrong_realm');
  });

  it('[004-13] [004-18] [004-21] make a role, give it to a person, and show what that person may', async () => {
    const person = await acme.user({ role: 'Auditor' });
    const looker = (await admin.post('/roles', { name: 'No stock', permissions: ['orders:read'] }).expect(201)).body;
    const inventory = (token: string) => run(GUIDE, '/api/inventory', { USER_TOKEN: token, TENANT_ID: acme.tenant_id });
    const role = (await run(GUIDE, '/api/roles', { YOUR_ADMIN_TOKEN: admin.token, YOUR_TENANT_ID: acme.tenant_id }).expect(201)).body;
    expect(role).toMatchObject({
      name: 'Warehouse Manager',
      permissions: ['inventory:read', 'inventory:write', 'orders:read', 'orders:write'],
    });
    await run(GUIDE, '/users', {
      YOUR_ADMIN_TOKEN: admin.token, TENANT_ID: acme.tenant_id, USER_ID: person.user_id, ROLE_ID: role.role_id,
    }).expect(201); // prettier-ignore
    await inventory(person.token).expect(200);
    const other = await acme.user({ role: looker.code });
    expect((await inventory(other.token).expect(403)).body).toMatchObject({ code: 'permission_denied', permission: 'inventory:read' });
  });

  it('list tenants and roles by the addresses of its reference', async () => {
    const as = (token: string) => ({ authorization: `Bearer ${token}` });
    expect((await bare('get', '/api/tenants', as(staff.token)).expect(200)).body.data).toEqual(
      expect.arrayContaining([expect.objectContaining({ slug: acme.slug })]),
    );
    await bare('get', '/api/roles', { ...as(admin.token), 'x-tenant-id': acme.tenant_id }).expect(200);
  });

  it('ask for the health in the words of the guide', async () => {
    expect((await run(GUIDE, '/health').expect(200)).body).toMatchObject({
      status: 'ok',
      app: expect.any(String),
      realtime: { websocket: expect.any(Number), feedbackStream: expect.any(Boolean), forecastWorker: expect.any(Boolean), modelsLoaded: expect.any(Number) },
    }); // prettier-ignore
  });

  it('are all tried here', () => {
    expect(curlCommands(guide(GUIDE)).map((command) => /https:\S+/.exec(command)?.[0])).toEqual([
      'https://your-domain.com/api/tenants',
      'https://your-domain.com/api/roles',
      'https://your-domain.com/api/tenants/{TENANT_ID}/users',
      'https://your-domain.com/api/inventory',
      'https://your-domain.com/health',
    ]);
  });
});

describe('the statements of the tenancy guide', () => {
  const [denials = '', checks = '', rights = '', ...more] = statements(guide('tenancy-guide.diagnosis.sql'));
  const counts = [...guide('tenancy-guide.commands.sh').matchAll(/^psql .* -c "([^"]+)"$/gm)].map(([, statement]) => statement ?? '');
  let acme: TestTenant;
  let person: TestUser;
  let platform: pg.Client;
  beforeAll(async () => {
    acme = await w.tenant({ template: 'inventory' });
    person = await acme.user({ role: 'Manager' });
    await person.get('/admin/members').expect(403);
    await person.get('/admin/members').expect(403);
    await person.get('/api-keys').expect(403);
    await w.app.get(RbacDecisionLog, { strict: false }).flush();
    platform = new pg.Client({ connectionString: w.database.platformUrl });
    await platform.connect();
  });
  afterAll(() => platform.end());
  const typed = async (statement: string) =>
    (await platform.query<Record<string, unknown>>(fill(statement, { USER_ID: person.user_id, TENANT_ID: acme.tenant_id }))).rows;

  it('show recent denials, and the checks of a person in seven days; the API answers the same', async () => {
    const mine = (await typed(denials)).filter(({ user_id }) => user_id === person.user_id);
    expect(mine.map(({ resource, permission, result }) => [resource, permission, result]).sort()).toEqual([
      ['api_keys', 'api_keys:read', 'denied'],
      ['users', 'users:read', 'denied'],
    ]);
    expect(mine.every(({ created_at }) => created_at instanceof Date)).toBe(true);
    const checked = (await typed(checks)).sort((a, b) => String(a['permission']).localeCompare(String(b['permission'])));
    expect(checked).toEqual([
      { resource: 'api_keys', permission: 'api_keys:read', result: 'denied', count: '1' },
      { resource: 'users', permission: 'users:read', result: 'denied', count: '1' }, // both within one second: one row, `occurrences` 2
    ]);
    const owner = await acme.user();
    const since = new Date(Date.now() - 7 * 86_400_000).toISOString();
    const { body } = await owner.get(`/rbac/decisions?group_by=permission&user_id=${person.user_id}&from=${since}`).expect(200);
    const answered = (body.data as { permission: string; result: string; occurrences: number }[]).map((row) => [
      row.permission,
      row.result,
      row.occurrences,
    ]);
    expect(answered.sort()).toEqual([['api_keys:read', 'denied', 1], ['users:read', 'denied', 2]]); // prettier-ignore
  });

  it('show the role and the permissions of a person', async () => {
    const rows = await typed(rights);
    expect(new Set(rows.map(({ role }) => role))).toEqual(new Set(['Manager']));
    expect(rows.map(({ permission }) => permission).sort()).toEqual([...LIBRARY_ROLES.manager.permissions].sort());
  });

  it('count tenants, roles and permissions', async () => {
    expect(counts).toHaveLength(3);
    for (const statement of counts) expect(Number((await typed(statement))[0]?.['count'])).toBeGreaterThan(0);
    expect(more).toEqual([]);
  });
});

describe('the commands of the deployment runbook', () => {
  const RUNBOOK = 'deployment-runbook.commands.sh';
  const keys = { CRON_API_KEY: CRON_KEY, OPS_API_KEY: OPS_KEY };

  it('[000-66] run the worker and expire invitations', async () => {
    expect((await run(RUNBOOK, '/provisioning/worker', keys).expect(200)).body).toEqual({
      processed: expect.any(Number), succeeded: expect.any(Number), failed: expect.any(Number),
    }); // prettier-ignore
    expect((await run(RUNBOOK, '/cron/expire-invitations', keys).expect(200)).body).toMatchObject({ processed: 0, failed: 0 });
  });

  it('[000-61] [000-62] list the jobs that run, and retry one without a word more', async () => {
    const { body: made } = await staff.post('/platform/tenants', { name: 'Stuck', subdomain: `stuck-${newId().slice(-8)}` }).set('host', 'your-domain.com').expect(201); // prettier-ignore
    const listed = async (): Promise<string[]> =>
      ((await run(RUNBOOK, 'jobs?status=RUNNING', keys).expect(200)).body.data as { provisioning_job_id: string }[]).map(
        (job) => job.provisioning_job_id,
      );
    expect(await listed()).toEqual([]);
    const superuser = new pg.Client({ connectionString: w.database.superUrl });
    await superuser.connect();
    await superuser.query(
      `update provisioning_jobs set state = 'running', lease_until = now() - interval '1 minute' where provisioning_job_id = $1`,
      [made.provisioning_job_id],
    );
    await superuser.end();
    expect(await listed()).toEqual([made.provisioning_job_id]);
    const { body } = await run(RUNBOOK, '/retry', { ...keys, id: made.provisioning_job_id }).expect(202);
    expect(body).toMatchObject({ provisioning_job_id: made.provisioning_job_id, state: 'queued' });
    expect((await auditsOf(w, made.tenant_id, 'ops.provisioning_retry'))[0]).toMatchObject({
      actor: { type: 'machine', id: 'ops_key' },
      reason: 'asked for with the ops key, which gives no reason',
    });
    expect((await run(RUNBOOK, '/retry', { ...keys, id: made.provisioning_job_id }).expect(409)).body.code).toBe('job_not_retryable');
  });

  it('are all tried here', () => {
    expect(curlCommands(guide(RUNBOOK)).map((command) => /\/api\/\S+/.exec(command)?.[0])).toEqual([
      '/api/provisioning/worker',
      '/api/cron/expire-invitations',
      '/api/ops/provisioning/jobs?status=RUNNING',
      '/api/ops/provisioning/jobs/{id}/retry',
    ]);
  });
});

describe('the endpoints of the deployment runbook', () => {
  interface Line {
    readonly method: 'get' | 'post' | 'delete';
    readonly path: string;
    readonly access: string;
  }
  const lines: Line[] = guide('deployment-runbook.endpoints.md').trim().split('\n').map((line) => {
    const [, path = '', method = '', access = ''] = /^\| `([^`]+)`(?: \|)? (GET|POST|DELETE)?\s*\| ?(?:Requires )?([^|]*?)(?: role)? \|/.exec(line) ?? [];
    const words = access.startsWith('Added') ? 'Auth' : access;
    return { path, method: (method || 'GET').toLowerCase() as Line['method'], access: words };
  }); // prettier-ignore
  let org: TestTenant;
  let callers: Readonly<Record<string, Readonly<Record<string, string>>>>;
  beforeAll(async () => {
    org = await w.tenant({ template: 'org', plan: 'enterprise' });
    const bearer = async (role: string) => ({ authorization: `Bearer ${(await org.user({ role })).token}` });
    callers = {
      BILLING_ADMIN: await bearer('BILLING_ADMIN'),
      ORG_ADMIN: await bearer('ORG_ADMIN'),
      MANAGER: await bearer('MANAGER'),
      OPERATOR: await bearer('OPERATOR'),
      OPS_ADMIN: { 'x-ops-key': OPS_KEY },
      CRON: { 'x-cron-key': CRON_KEY },
      nobody: {},
    };
  });
  /** Who is let in beside the one that the line names. */
  const OPEN_TO: Readonly<Record<string, readonly string[]>> = {
    BILLING_ADMIN: ['BILLING_ADMIN'],
    ORG_ADMIN: ['BILLING_ADMIN', 'ORG_ADMIN'],
    Auth: ['BILLING_ADMIN', 'ORG_ADMIN', 'MANAGER', 'OPERATOR'],
    OPS_ADMIN: ['OPS_ADMIN'],
    CRON: ['CRON'],
    Public: ['BILLING_ADMIN', 'ORG_ADMIN', 'MANAGER', 'OPERATOR', 'OPS_ADMIN', 'CRON', 'nobody'],
  };

  it('has a line for each', () => {
    expect(lines).toHaveLength(15);
    expect(lines.filter(({ access }) => !OPEN_TO[access])).toEqual([]);
  });

  it.each(lines)('$method $path is open to $access and to nobody below', async ({ method, path, access }) => {
    const address = path.replace('[id]', newId()).replace('[token]', 'x'.repeat(43));
    for (const [name, headers] of Object.entries(callers)) {
      const request = bare(method, address, headers);
      const { status, body } = await (method === 'post' ? request.send({}) : request);
      const refused = status === 401 || status === 403;
      expect([name, body.code, refused]).toEqual([name, body.code, !OPEN_TO[access]?.includes(name)]);
      if (!refused) expect([status, status < 500 && status !== 405]).toEqual([status, true]);
    }
  });
});

describe('the routes of the platform runbook', () => {
  it('[003-08] [003-09] answer health, sign people and staff in, and say who is signed in', async () => {
    const text = guide('platform-runbook.routes.md');
    for (const path of ['/healthz', '/api/v1/health', '/readyz', '/api/v1/health/ready']) {
      expect(text).toContain(path);
      await bare('get', path).expect(200);
    }
    const acme = await w.tenant({ template: 'retail' });
    const owner = await acme.user({ password: OWNER.password });
    const token = (await bare('post', '/api/v1/auth/login').send({ email: owner.email, password: OWNER.password }).expect(200)).body
      .token as string;
    expect((await bare('get', '/api/v1/auth/me', { authorization: `Bearer ${token}` }).expect(200)).body).toMatchObject({
      user: { email: owner.email },
      tenant: { tenant_id: acme.tenant_id },
    });
    await bare('get', '/api/v1/tenant/settings', { authorization: `Bearer ${token}` }).expect(200);
    const cashier = await acme.user({ role: 'cashier' });
    await bare('get', '/api/v1/tenant/settings', { authorization: `Bearer ${cashier.token}` }).expect(403);
  });

  it('let staff alone make tenants and templates, switch modules and apply a template', async () => {
    const as = { authorization: `Bearer ${staff.token}` };
    for (const path of ['tenants', 'modules', 'templates']) {
      await bare('get', `/api/v1/platform/${path}`, as).expect(200);
      await bare('get', `/api/v1/platform/${path}`).expect(401);
    }
    const slug = `shop-${newId().slice(-8)}`;
    const acme = await w.tenant({ slug });
    const template_code = `corner_${newId().slice(-8)}`;
    const template = { template_code, name: 'Corner shop', role_pack: 'retail', module_codes: ['catalog', 'pos'] };
    await bare('post', '/api/v1/platform/templates', as).send(template).expect(201);
    await bare('post', `/api/v1/platform/tenants/${acme.tenant_id}/apply-template`, as).send({ template_code }).expect(202);
    await bare('post', `/api/v1/platform/tenants/${acme.tenant_id}/apply-template`).send({ template_code }).expect(401);
  });
});
