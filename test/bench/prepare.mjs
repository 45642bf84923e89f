import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import pg from 'pg';

const ITEMS = 10_000;
const OTHER_TENANTS = 20;
const password = `Bench-${randomBytes(9).toString('base64url')}-1a`;

/**
 * Starts the product on the given database, makes a tenant through its API, fills the catalogue by SQL (`items` a tenant; 0: none).
 * `settings`: more of the environment.
 */
export async function prepare({ databaseUrl, folder, settings = {}, items = ITEMS }) {
  const env = {
    ...process.env, NODE_ENV: 'development', DATABASE_URL: databaseUrl, PORT: '0', METRICS_PORT: '0', TENANTRY_DATA: `${folder}/data`, LOG_LEVEL: 'info', DEMO_DATA: 'false',
    FIRST_OWNER_EMAIL: 'staff@bench.example', FIRST_OWNER_PASSWORD: password, INVITATION_TTL_HOURS: '1', TRUST_PROXY: '127.0.0.1',
    // The limiter counts as ever, against a number that a bench does not reach.
    RATE_LIMIT_API: '1000000/1m', ...settings,
  }; // prettier-ignore
  const product = await startProduct(env);
  const call = async (method, path, body, token) => {
    const response = await fetch(`http://localhost:${product.port}/api/v1${path}`, {
      method, headers: { 'content-type': 'application/json', 'x-client': 'native', ...(token ? { authorization: `Bearer ${token}` } : {}) }, ...(body ? { body: JSON.stringify(body) } : {}),
    }); // prettier-ignore
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text ? JSON.parse(text) : null;
  };
  const staff = await call('POST', '/platform/auth/login', { email: 'staff@bench.example', password });
  /** A tenant with an owner who is signed in. `limits`: of its plan, by code, raised. */
  const makeTenant = async (name, limits = {}) => {
    const subdomain = name.toLowerCase();
    const owner = { email: `owner@${subdomain}.example`, password };
    const tenant = await call(
      'POST',
      '/platform/tenants',
      { name, subdomain, plan_code: 'enterprise', owner: { email: owner.email, name: 'Owner' } },
      staff.token,
    );
    const overrides = Object.entries({ requests_per_minute: 1_000_000, ...limits }).map(([code, value]) => ({
      kind: 'limit',
      code,
      value,
    }));
    const change = { reason: 'a tenant that is measured', overrides };
    await call('PUT', `/platform/tenants/${tenant.tenant_id}/entitlements`, change, staff.token);
    const mail = await eventually(async () => (await call('GET', `/dev/mailbox?to=${encodeURIComponent(owner.email)}`)).data[0]);
    const invitation = mail.links.map((link) => link.split('#')[1]).find(Boolean);
    const { token } = await eventually(() =>
      call('POST', '/auth/accept-invitation', { token: invitation, display_name: 'Owner', password }),
    );
    return { tenant_id: tenant.tenant_id, owner, token };
  };
  const tenant = await makeTenant('Bench');
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  if (items) await fill(client, tenant.tenant_id, OTHER_TENANTS, items);
  const { rows } = await client.query('select variant_id from variants where tenant_id = $1 order by variant_id limit 2000', [
    tenant.tenant_id,
  ]);
  return {
    product, env, call, makeTenant, ...tenant, variants: rows.map((row) => row.variant_id),
    forgetThrottle: () => client.query('delete from throttle'),
    stop: async () => { await client.end(); await product.stop(); },
  }; // prettier-ignore
}

/** `program`: main, or worker for a process that is only that. Resolves when it is ready. */
export async function startProduct(env, program = 'main') {
  const child = spawn(process.execPath, [`dist/apps/api/src/${program}.js`], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  child.stdout.resume(); // the log is part of the work; it goes nowhere
  const { port } = await eventually(async () => {
    const { readFileSync, readdirSync, readlinkSync } = await import('node:fs');
    const inodes = new Set(readdirSync(`/proc/${child.pid}/fd`).flatMap((fd) => { try { return [/socket:\[(\d+)\]/.exec(readlinkSync(`/proc/${child.pid}/fd/${fd}`))?.[1]]; } catch { return []; } })); // prettier-ignore
    const rows = readFileSync('/proc/net/tcp', 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((row) => row[3] === '0A' && inodes.has(row[9]));
    for (const row of rows) {
      const candidate = Number.parseInt(row[1].split(':')[1], 16);
      const answer = await fetch(`http://127.0.0.1:${candidate}/readyz`).catch(() => null);
      if (answer?.ok) return { port: candidate };
    }
    return null;
  }, 30_000);
  return { port, pid: child.pid, stop: () => new Promise((done) => (child.once('exit', done), child.kill('SIGTERM'))) };
}

/** Items for the tenant that is measured, and for others beside it, so that indexes have the height of a real table. */
async function fill(client, tenant_id, others, items) {
  await client.query("set session_replication_role = 'replica'");
  const ids = [tenant_id, ...Array.from({ length: others }, (_, i) => `00000000-0000-7000-8000-${String(i + 1).padStart(12, '0')}`)];
  for (const id of ids)
    await client.query(
      `with ids as (select gen_random_uuid() as product_id, gen_random_uuid() as variant_id, i from generate_series(1, ${items}) i),
            p as (insert into products (tenant_id, product_id, name) select $1, product_id, 'Item ' || i from ids)
       insert into variants (tenant_id, variant_id, product_id, sku, sku_normalized, price) select $1, variant_id, product_id, 'S-' || i, 's-' || i, i from ids`,
      [id],
    );
  await client.query('reset session_replication_role');
  await client.query('vacuum analyze products');
  await client.query('vacuum analyze variants');
}

async function eventually(work, ms = 10_000) {
  const until = Date.now() + ms;
  for (;;) {
    try {
      const result = await work();
      if (result) return result;
    } catch (error) {
      if (Date.now() > until) throw error;
    }
    if (Date.now() > until) throw new Error('it did not come');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
