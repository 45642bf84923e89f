import net, { type AddressInfo, type Server, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import pg from 'pg';
import { newId } from '../../libs/platform/crypto/index.js';
import { eventually } from '../support/eventually.js';
import { Receiver } from '../support/receiver.js';
import type { TestUser } from '../support/test-tenant.js';
import { world, type World } from '../support/world.js';

/**
 * Receivers that do all that HTTP forbids, all at once, behind the whole product: each send ends when it must, the delivery log says what it
 * was, and nobody else waits.
 */
jest.setTimeout(60_000);

const TIMEOUT_MS = 1_000;
/** Added to what a send may take: the machine does other things. */
const LATE_MS = 700;

let w: World;
let superuser: pg.Client;
let owner: TestUser;
let receiver: Receiver;
const servers: Server[] = [];
const sockets = new Set<Socket>();

beforeAll(async () => {
  receiver = await Receiver.start();
  w = await world({
    own_database: `receivers_${process.pid}`,
    work: true,
    env: { WEBHOOK_ALLOWED_CIDRS: '127.0.0.1/32', WEBHOOK_RETRY_DELAYS: '50,100,200' },
  });
  superuser = new pg.Client({ connectionString: w.database.superUrl });
  await superuser.connect();
  await superuser.query(`update plans set limits = limits || '{"max_webhooks": null}'`);
  owner = await (await w.tenant()).user();
}, 60_000);
afterAll(async () => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers) server.close();
  await superuser?.end();
  await receiver?.stop();
});
/** No lane sleeps over work, whatever the receivers did. */
afterEach(async () => {
  const { rows } = await superuser.query(`
    select (select count(*) from webhook_lanes l where l.next_at = 'infinity' and l.parked_by = '{}' and exists (
             select from webhook_deliveries d where d.tenant_id = l.tenant_id and d.webhook_id = l.webhook_id and d.status in ('pending', 'delivering')))::int as asleep,
           (select count(*) from webhook_deliveries where status not in ('success', 'dlq'))::int as unended,
           (select deadlocks from pg_stat_database where datname = current_database())::int as deadlocks`);
  expect(rows).toEqual([{ asleep: 0, unended: 0, deadlocks: 0 }]);
});

type Say = (socket: Socket) => unknown;
/** The port of a receiver that says this when a request begins to arrive. */
async function speaking(say: Say): Promise<number> {
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    socket.once('data', () => say(socket));
  });
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return (server.address() as AddressInfo).port;
}
async function nobody(): Promise<number> {
  const port = await speaking(() => undefined);
  await new Promise((done) => servers.pop()?.close(done));
  return port;
}
const drip =
  (head: string, piece: string): Say =>
  (socket) => {
    socket.write(head);
    const timer = setInterval(() => socket.write(piece), 50);
    socket.on('close', () => clearInterval(timer));
  };
const endless: Say = (socket) => {
  const block = Buffer.alloc(65_536, 'a');
  const fill = () => {
    while (!socket.destroyed && socket.write(block));
  };
  socket.on('drain', fill);
  socket.write('HTTP/1.1 200 OK\r\n\r\n');
  fill();
};
const bomb = gzipSync(Buffer.alloc(8 * 1_048_576));

interface Expected {
  readonly status: 'success' | 'dlq';
  readonly http_status?: number;
  readonly error_code: string | null;
  /** All of the deadline is used, and no more. */
  readonly waits?: true;
  readonly truncated?: true;
}
const timeout = { status: 'dlq', error_code: 'timeout', waits: true } as const;
const malformed = { status: 'dlq', error_code: 'protocol_error' } as const;
const broken = { status: 'success', http_status: 200, error_code: 'body_reset' } as const;

const CASES: readonly [string, () => Promise<string>, Expected][] = [
  ['says nothing', http(() => undefined), timeout],
  ['begins a status line', http((socket) => socket.write('HTTP/1.1 2')), timeout],
  ['drips its headers', http(drip('HTTP/1.1 200 OK\r\n', 'x: a\r\n')), timeout],
  ['holds the TLS handshake', async () => `https://127.0.0.1:${await speaking(() => undefined)}/`, timeout],
  ['drips its body', http(drip('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n', '1\r\na\r\n')), { status: 'success', http_status: 200, error_code: null, waits: true, truncated: true }],
  ['never ends its body', http(endless), { status: 'success', http_status: 200, error_code: null, truncated: true }],
  ['packs gigabytes into its body', http((socket) => socket.end(Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`), bomb]))), { status: 'success', http_status: 200, error_code: null, truncated: true }],
  ['resets after 200', http((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart', () => setTimeout(() => socket.resetAndDestroy(), 50))), broken],
  ['ends before its length', http((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart')), broken],
  ['speaks another language', http((socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n')), malformed],
  ['answers bytes without meaning', http((socket) => socket.end(Buffer.from(Array.from({ length: 4_096 }, (_, i) => (i * 197) % 256)))), malformed],
  ['sends 1 MB of headers', http((socket) => socket.end(`HTTP/1.1 200 OK\r\nx: ${'a'.repeat(1_048_576)}\r\n\r\n`)), malformed],
  ['is endlessly about to answer', http(drip('', 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(6))), malformed],
  ['resets before a word', http((socket) => socket.resetAndDestroy()), { status: 'dlq', error_code: 'reset' }],
  ['speaks no TLS', async () => `https://127.0.0.1:${await speaking((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'))}/`, { status: 'dlq', error_code: 'tls_failed' }],
  ['is not there', async () => `http://127.0.0.1:${await nobody()}/`, { status: 'dlq', error_code: 'connect_failed' }],
]; // prettier-ignore

function http(say: Say): () => Promise<string> {
  return async () => `http://127.0.0.1:${await speaking(say)}/hook`;
}

let count = 0;
async function endpoint(url: string, over: object = {}): Promise<string> {
  const wanted = { name: `Receiver ${(count += 1)}`, url, events: ['inventory.*'], timeout_ms: TIMEOUT_MS, retry_count: 0, ...over };
  const { body } = await owner.post('/webhooks', wanted).expect(201);
  return (body.webhook as { webhook_id: string }).webhook_id;
}
const change = () => owner.post('/products', { name: 'Tea', sku: `SKU-${newId()}`, price_minor: 100 }).expect(201);

async function ended(webhook_id: string): Promise<Record<string, unknown>> {
  const delivery = await eventually(async () => {
    const { data } = (await owner.get(`/webhooks/${webhook_id}/deliveries`).expect(200)).body as { data: Record<string, unknown>[] };
    expect(data).toEqual([expect.objectContaining({ status: expect.stringMatching(/^(success|dlq)$/) })]);
    return data[0];
  }, 15_000);
  return (await owner.get(`/webhooks/${webhook_id}/deliveries/${String(delivery?.['delivery_id'])}`).expect(200)).body as Record<
    string,
    unknown
  >;
}

it('[004-34] [004-35] every kind of bad answer ends when it must, under its own name, and keeps nobody waiting', async () => {
  const endpoints = await Promise.all(
    CASES.map(async ([name, url, expected]) => ({ name, expected, webhook_id: await endpoint(await url()) })),
  );
  const healthy = await endpoint(receiver.url('/healthy'));
  const begun = performance.now();
  await change();
  expect(await ended(healthy)).toMatchObject({ status: 'success', http_status: 200 });
  expect(performance.now() - begun).toBeLessThan(TIMEOUT_MS + LATE_MS);
  for (const { name, expected, webhook_id } of endpoints) {
    const { status, attempts, http_status, error_code, attempts_log } = await ended(webhook_id);
    const [attempt] = attempts_log as Record<string, unknown>[];
    const seen = {
      status,
      attempts,
      http_status,
      error_code,
      entries: (attempts_log as unknown[]).length,
      truncated: attempt?.['response_truncated'],
    };
    expect([name, seen]).toEqual([
      name,
      {
        status: expected.status,
        attempts: 1,
        http_status: expected.http_status ?? null,
        error_code: expected.error_code,
        entries: 1,
        truncated: expected.truncated ?? expect.any(Boolean),
      },
    ]);
    const total_ms = attempt?.['total_ms'] as number;
    if (expected.waits) expect(total_ms).toBeGreaterThanOrEqual(TIMEOUT_MS - 5);
    expect(total_ms).toBeLessThan((expected.waits ? TIMEOUT_MS : 500) + LATE_MS);
  }
  await Promise.all([healthy, ...endpoints.map(({ webhook_id }) => webhook_id)].map((id) => owner.delete(`/webhooks/${id}`).expect(204)));
});

it('[004-34] a kept connection that the receiver has ended costs the next delivery nothing', async () => {
  const webhook_id = await endpoint(receiver.url('/kept'));
  await change();
  await ended(webhook_id);
  for (let nth = 2; nth <= 6; nth += 1) {
    receiver.disconnect();
    await change();
    await eventually(() => expect(receiver.at('/kept')).toHaveLength(nth), 5_000);
  }
  await eventually(async () => {
    const { rows } = await superuser.query('select status, attempts from webhook_deliveries where webhook_id = $1', [webhook_id]);
    expect(rows).toEqual(Array.from({ length: 6 }, () => ({ status: 'success', attempts: 1 })));
  }, 5_000);
});
