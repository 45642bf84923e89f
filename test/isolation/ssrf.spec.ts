import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import pg from 'pg';
import { DestinationGuard } from '../../apps/api/src/modules/webhooks/sending/index.js';
import { DnsCache } from '../../apps/api/src/modules/webhooks/sending/dns-cache.js';
import { newId } from '../../libs/platform/crypto/index.js';
import { DnsServer } from '../support/dns-server.js';
import { eventually } from '../support/eventually.js';
import { Receiver } from '../support/receiver.js';
import type { TestTenant, TestUser } from '../support/test-tenant.js';
import { world, type World } from '../support/world.js';

/**
 * A tenant that would have the product call what only the product can reach. The whole way: create, event, relay, dispatch, name server,
 * connection, delivery log. `outer` is a receiver that webhooks may reach, by address and port; `inner` one that they may not, on every
 * family of loopback. It must never be spoken to.
 */
jest.setTimeout(60_000);

/** No answer of a name server is believed for less than a second. */
const FORGOTTEN_MS = 1_100;
const PUBLIC = '93.184.215.14';
const ERROR = 'Webhooks cannot be sent to this address.';

let w: World;
let names: DnsServer;
let outer: Receiver;
let inner: http.Server[];
let innerPort: number;
let touched = 0;
let tenant: TestTenant;
let owner: TestUser;
let superuser: pg.Client;

beforeAll(async () => {
  [names, outer] = await Promise.all([DnsServer.start(), Receiver.start()]);
  const first = await listening('127.0.0.1', 0);
  innerPort = (first.address() as AddressInfo).port;
  inner = [first];
  // Where this machine has no IPv6 there is nothing to reach by it.
  inner.push(
    ...(await Promise.all([listening('::1', innerPort), listening('127.0.0.2', innerPort)].map((one) => one.catch(() => [])))).flat(),
  );
  w = await world({
    own_database: `ssrf_${process.pid}`,
    work: true,
    env: {
      WEBHOOK_ALLOWED_CIDRS: `127.0.0.1/32:${outer.port}`,
      WEBHOOK_RETRY_DELAYS: '50,100,200',
      PLATFORM_HOSTS: 'ops.tenantry.test',
      ROOT_DOMAIN: 'tenantry.test',
      TENANT_SUBDOMAIN_ENABLED: 'true',
      FRONTEND_URL: 'https://app.tenantry.test',
    },
  });
  // The product's own resolver, asking the name server of this test.
  Object.assign(w.app.get(DestinationGuard, { strict: false }), { dns: new DnsCache(names.resolver()) });
  superuser = new pg.Client({ connectionString: w.database.superUrl });
  await superuser.connect();
  await superuser.query(`update plans set limits = limits || '{"max_webhooks": null}'`);
  tenant = await w.tenant();
  owner = await tenant.user();
}, 60_000);
afterAll(async () => {
  await superuser?.end();
  await Promise.all([outer?.stop(), names?.stop(), ...(inner ?? []).map((server) => new Promise((done) => server.close(done)))]);
});
afterEach(async () => {
  await wait(50);
  expect(touched).toBe(0);
});

async function listening(host: string, port: number): Promise<http.Server> {
  const server = http.createServer((_request, response) => response.end('internal'));
  server.on('connection', () => (touched += 1));
  await new Promise<void>((done, failed) => server.once('error', failed).listen(port, host, done));
  return server;
}

let count = 0;
const create = (url: string) => owner.post('/webhooks', { name: `Hook ${(count += 1)}`, url, events: ['inventory.*'] });
async function created(url: string): Promise<string> {
  const { body } = await create(url).expect(201);
  return (body.webhook as { webhook_id: string }).webhook_id;
}
/** An endpoint that was good when it was made. */
async function turned(url: string): Promise<string> {
  const webhook_id = await created(outer.url(`/turned-${count}`));
  await superuser.query('update webhook_endpoints set url = $2 where webhook_id = $1', [webhook_id, url]);
  return webhook_id;
}
const change = () => owner.post('/products', { name: 'Tea', sku: `SKU-${newId()}`, price_minor: 100 }).expect(201);
const gone = (webhook_id: string) => owner.delete(`/webhooks/${webhook_id}`).expect(204);

/** The latest delivery of an endpoint when it has ended, with its attempts; ids and times of day left out. */
async function ended(webhook_id: string, n = 1): Promise<Record<string, unknown>> {
  return eventually(async () => {
    const { data } = (await owner.get(`/webhooks/${webhook_id}/deliveries`).expect(200)).body as { data: Record<string, unknown>[] };
    expect(data.filter(({ status }) => status === 'success' || status === 'dlq')).toHaveLength(n);
    const path = `/webhooks/${webhook_id}/deliveries/${String(data[0]?.['delivery_id'])}`;
    const { status, attempts, http_status, error_code, error_message, attempts_log } = (await owner.get(path).expect(200)).body;
    const log = (attempts_log as Record<string, unknown>[]).map(({ attempt_id: _, started_at: __, ...entry }) => entry);
    return { status, attempts, http_status, error_code, error_message, log };
  }, 10_000);
}
const REFUSED = {
  status: 'dlq',
  attempts: 1,
  http_status: null,
  error_code: 'destination_not_allowed',
  error_message: ERROR,
  log: [
    expect.objectContaining({
      n: 1,
      error_code: 'destination_not_allowed',
      error_message: ERROR,
      http_status: null,
      dns_ms: null,
      connect_ms: null,
      tls_ms: null,
      ttfb_ms: null,
      total_ms: 0,
      remote_ip: null,
      response_headers: {},
      response_body: null,
    }),
  ],
};
const security = () => w.logs.parsed().filter(({ msg }) => msg === 'webhook destination refused');
async function blocked(): Promise<number> {
  return Number(/^webhook_ssrf_blocked_total (\d+)$/m.exec(await w.runtime.metrics.expose())?.[1] ?? 0);
}
/** What the log of security and the metric have more of after `work`. */
async function reported(work: () => Promise<void>): Promise<{ lines: Record<string, unknown>[]; counted: number }> {
  const before = [security().length, await blocked()] as const;
  await work();
  return { lines: security().slice(before[0]), counted: (await blocked()) - before[1] };
}

/** Spellings of loopback that a URL may have. */
const literals = (port: number): string[] =>
  [
    '127.0.0.1', '2130706433', '0x7f.1', '0177.0.0.1', '127.1', '127.0.0.1.', '①②⑦.0.0.1', '0', '127.0.0.2', '[::1]', '[::]', '[::ffff:127.0.0.1]',
    '[::ffff:7f00:1]', '[64:ff9b::7f00:1]', '[2002:7f00:1::]', '[::127.0.0.1]', '169.254.169.254', '[fd00:ec2::254]', '[fe80::1]', '10.0.0.7', 'localhost', 'api.localhost.',
  ].map((host) => `http://${host}:${port}/`); // prettier-ignore

it('[004-27] an address of ours is refused at create, in every spelling, with one answer; the reason is in our log', async () => {
  const answers = new Set<string>();
  const urls = literals(innerPort);
  const { lines, counted } = await reported(async () => {
    for (const url of urls) {
      const { request_id: _, ...answer } = (await create(url).expect(400)).body as Record<string, unknown>;
      answers.add(JSON.stringify(answer));
    }
  });
  expect([...answers]).toEqual([expect.stringContaining('"destination_not_allowed"')]);
  expect(lines).toHaveLength(urls.length);
  expect(lines[0]).toMatchObject({ host: '127.0.0.1', port: innerPort, remote_ip: '127.0.0.1', reason: 'address' });
  expect(counted).toBe(urls.length);
});

it('[004-27] an address of ours that was stored under other rules is refused at the send, in every spelling, and the log says one thing', async () => {
  const urls = literals(innerPort);
  const endpoints: string[] = [];
  for (const url of urls) endpoints.push(await turned(url));
  const { lines, counted } = await reported(async () => {
    await change();
    for (const webhook_id of endpoints) expect(await ended(webhook_id)).toEqual(REFUSED);
  });
  expect(lines).toHaveLength(urls.length);
  expect(counted).toBe(urls.length);
  const said = await Promise.all(endpoints.map(async (webhook_id) => JSON.stringify(await ended(webhook_id))));
  expect(new Set(said).size).toBe(1);
  await Promise.all(endpoints.map(gone));
});

it('[004-27] a redirect to an address of ours is not followed', async () => {
  for (const status of [301, 302, 303, 307, 308]) {
    const url = outer.url(`/redirect-${status}`, { status, headers: { location: `http://127.0.0.1:${innerPort}/` } });
    const webhook_id = await created(url);
    await change();
    expect(await ended(webhook_id)).toMatchObject({ status: 'dlq', attempts: 4, http_status: status, error_code: 'redirect_refused' });
    await gone(webhook_id);
  }
});

describe('a name', () => {
  it.each<[string, string, Parameters<DnsServer['set']>[1][]]>([
    ['of loopback', '127.0.0.1', [{ addresses: ['127.0.0.1'] }]],
    ['of a private network', '10.0.0.7', [{ addresses: ['10.0.0.7'] }]],
    ['with a public address and one of ours', '127.0.0.1', [{ addresses: [PUBLIC, '127.0.0.1'] }]],
    ['with a public address and one of ours of the other family', '::1', [{ addresses: [PUBLIC, '::1'] }]],
    ['with one of ours inside IPv6', '64:ff9b::7f00:1', [{ addresses: ['64:ff9b::7f00:1'] }]],
    ['that stands for one of loopback', '127.0.0.1', [{ alias: 'inside.test' }]],
    ['that stands for one that stands for one of a private network', '192.168.7.7', [{ alias: 'alias.test' }]],
  ])('[004-27] %s is refused at create and at the send', async (_how, ip, records) => {
    names.set('inside.test', { addresses: ['127.0.0.1'] });
    names.set('alias.test', { alias: 'deep.test' });
    names.set('deep.test', { addresses: ['192.168.7.7'] });
    const host = `n${(count += 1)}.test`;
    names.set(host, ...records);
    const url = `http://${host}:${innerPort}/`;
    expect((await create(url).expect(400)).body.code).toBe('destination_not_allowed');
    const webhook_id = await turned(url);
    const { lines, counted } = await reported(async () => {
      await change();
      expect(await ended(webhook_id)).toEqual(REFUSED);
    });
    expect([lines.length, counted]).toEqual([1, 1]);
    expect(lines[0]).toMatchObject({ host, port: innerPort, reason: 'address', remote_ip: ip });
    await gone(webhook_id);
  });

  it('[004-27] with an allowed address beside one of ours does not reach the allowed one either', async () => {
    names.set('mixed.test', { addresses: ['127.0.0.1', '10.0.0.7'] });
    outer.url('/mixed');
    const webhook_id = await turned(`http://mixed.test:${outer.port}/mixed`);
    await change();
    expect(await ended(webhook_id)).toEqual(REFUSED);
    expect(outer.at('/mixed')).toEqual([]);
    await gone(webhook_id);
  });

  it('[004-27] that was public at create and is ours at the send reaches nothing', async () => {
    names.set('rebinding.test', { addresses: [PUBLIC] }, { addresses: ['127.0.0.1'] });
    const webhook_id = await created(`http://rebinding.test:${innerPort}/`);
    await wait(FORGOTTEN_MS);
    await change();
    expect(await ended(webhook_id)).toEqual(REFUSED);
    await gone(webhook_id);
  });

  it('[004-27] that turns while a connection is kept: that one stays where it was checked, and the next is refused', async () => {
    outer.url('/kept');
    names.set('kept.test', { addresses: ['127.0.0.1'] });
    const webhook_id = await created(`http://kept.test:${outer.port}/kept`);
    await change();
    expect(await ended(webhook_id)).toMatchObject({ status: 'success', log: [{ remote_ip: '127.0.0.1' }] });
    names.set('kept.test', { addresses: ['10.0.0.7'] });
    await wait(FORGOTTEN_MS);
    await change();
    expect(await ended(webhook_id, 2)).toMatchObject({ status: 'success', log: [{ dns_ms: 0, connect_ms: 0, remote_ip: '127.0.0.1' }] });
    expect(outer.at('/kept')).toHaveLength(2);
    outer.disconnect();
    await change();
    expect(await ended(webhook_id, 3)).toEqual(REFUSED);
    expect(outer.at('/kept')).toHaveLength(2);
    await gone(webhook_id);
  });
});

it('[004-27] our own hosts are refused wherever their names lead: console, SPA and API, tenants by subdomain and by host of their own', async () => {
  const other = await w.tenant();
  await superuser.query(`insert into tenant_hosts (tenant_id, host, kind, verified_at) values ($1, 'shop.acme.test', 'custom', now())`, [
    other.tenant_id,
  ]);
  const hosts = [
    'ops.tenantry.test',
    'OPS.Tenantry.test.',
    'app.tenantry.test',
    `${other.slug}.tenantry.test`,
    `${tenant.slug}.tenantry.test`,
    'shop.acme.test',
  ];
  for (const host of hosts) names.set(host.toLowerCase().replace(/\.$/, ''), { addresses: ['127.0.0.1'] });
  names.set('receiver.test', { addresses: ['127.0.0.1'] });
  const path = '/api/v1/webhooks';
  for (const host of hosts) {
    const url = `http://${host}:${outer.port}${path}`;
    expect([host, (await create(url).expect(400)).body.code]).toEqual([host, 'destination_not_allowed']);
    const webhook_id = await turned(url);
    const { lines } = await reported(async () => {
      await change();
      expect(await ended(webhook_id)).toEqual(REFUSED);
    });
    expect(lines).toMatchObject([{ reason: 'own_host', remote_ip: null }]);
    await gone(webhook_id);
  }
  expect(outer.at(path)).toEqual([]);
  await gone(await created(`http://receiver.test:${outer.port}${path}`));
});
