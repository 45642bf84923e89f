import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import net from 'node:net';
import { gzipSync } from 'node:zlib';
import { selfSigned } from '../../../../../../test/support/self-signed.js';
import { DestinationGuard } from './destination-guard.js';
import { NameLookup } from './name-lookup.js';
import type { RefusedDestination, SendOutcome, SendRequest } from './types.js';
import { WebhookSender } from './webhook-sender.js';

const SECRET = '5e'.repeat(32);
const BODY = '{"id":"e","type":"order.created","data":{"name":"Größe ✓"}}';
const TIMEOUT_MS = 400;

/** Names and what each question of them answers, in turn; the last answer stays. */
type Names = Record<string, string[][]>;

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

/** A sender that may reach 127.0.0.1, at the one port that is given or at all. */
function senderOf({ names = {}, port }: { names?: Names; port?: number } = {}): { sender: WebhookSender; refused: RefusedDestination[] } {
  const refused: RefusedDestination[] = [];
  const resolve4 = (name: string): Promise<{ address: string; ttl: number }[]> => {
    const answers = names[name];
    const now = answers && answers.length > 1 ? answers.shift() : answers?.[0];
    return now ? Promise.resolve(now.map((address) => ({ address, ttl: 0 }))) : Promise.reject(new Error('ENOTFOUND'));
  };
  // Every answer is already old, so every connect asks again.
  let now = 0;
  const lookup = new NameLookup({ resolve4, resolve6: () => Promise.reject(new Error('ENODATA')) }, () => (now += 100_000));
  const options = {
    production: false, allow_http: true, allowed: [`127.0.0.1/32${port === undefined ? '' : `:${port}`}`], blocked_ports: [], ownHost: () => false,
    refused: (destination: RefusedDestination) => refused.push(destination),
  }; // prettier-ignore
  const sender = new WebhookSender(new DestinationGuard(options, lookup));
  closing.push(() => sender.close());
  return { sender, refused };
}

const request = (url: string, more: Partial<SendRequest> = {}): SendRequest => ({
  url,
  body: BODY,
  event_type: 'order.created',
  delivery_id: '0198c5a1-7e1c-7c3a-8b1e-0123456789ab',
  attempt: 2,
  headers: {},
  secrets: { current: SECRET },
  timeout_ms: TIMEOUT_MS,
  ...more,
});

async function listening(server: Server | net.Server): Promise<number> {
  const sockets = new Set<net.Socket>();
  server.on('connection', (socket: net.Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  closing.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((done) => server.close(done));
  });
  return (server.address() as net.AddressInfo).port;
}
const http = (answer: RequestListener): Promise<number> => listening(createServer(answer));
/** Speaks after the request has begun to come; `tick` every 20 ms then. */
function raw(begin: string, tick?: () => string | Buffer, then?: (socket: net.Socket) => void): Promise<number> {
  const server = net.createServer((socket) => {
    socket.once('data', () => {
      socket.write(begin);
      then?.(socket);
      if (!tick) return;
      const timer = setInterval(() => socket.write(tick()), 20);
      socket.on('close', () => clearInterval(timer));
    });
  });
  return listening(server);
}
const counting = (): { hits: number; answer: RequestListener } => {
  const count = { hits: 0, answer: ((_req, res) => void (count.hits++, res.end('ok'))) as RequestListener };
  return count;
};
/** undici gives a connection back one turn after its answer has ended: some servers close what they said they keep. */
const idle = (): Promise<void> => new Promise((done) => setTimeout(done, 10));
const at = (port: number): string => `http://127.0.0.1:${port}/hook`;
const sent = (port: number, more: Partial<SendRequest> = {}): Promise<SendOutcome> => senderOf().sender.send(request(at(port), more));

describe('what is sent', () => {
  it('[004-29] carries the stored bytes, signed, and the headers of ours and of the tenant', async () => {
    let got: { req: IncomingMessage; body: Buffer } | undefined;
    const port = await http(async (req, res) => {
      const chunks: Buffer[] = [];
      for await (const chunk of req) chunks.push(chunk as Buffer);
      got = { req, body: Buffer.concat(chunks) };
      res.end('ok');
    });
    const { sender } = senderOf();
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    await sender.send(request(`${at(port)}?a=b%20c`, { headers: { Authorization: 'Bearer abc', ['__proto__']: 'x' }, traceparent }));
    expect(got?.body).toEqual(Buffer.from(BODY));
    expect([got?.req.method, got?.req.url]).toEqual(['POST', '/hook?a=b%20c']);
    const headers = got?.req.headers ?? {};
    expect(headers).toMatchObject({
      host: `127.0.0.1:${port}`, 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(BODY)), 'user-agent': 'Tenantry-Webhooks/1',
      'webhook-id': 'msg_0198c5a17e1c7c3a8b1e0123456789ab', 'x-webhook-event': 'order.created', 'x-webhook-attempt': '2',
      'x-webhook-delivery': '0198c5a1-7e1c-7c3a-8b1e-0123456789ab', authorization: 'Bearer abc', traceparent,
    }); // prettier-ignore
    expect(headers['x-webhook-signature']).toBe(
      createHmac('sha256', SECRET)
        .update(got?.body ?? '')
        .digest('hex'),
    );
    const content = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${BODY}`;
    expect(String(headers['webhook-signature']).split(' ')).toContain(
      `v1,${createHmac('sha256', Buffer.from(SECRET, 'base64')).update(content).digest('base64')}`,
    );
    expect(Math.abs(Number(headers['webhook-timestamp']) - Date.now() / 1_000)).toBeLessThan(5);
    expect(headers).not.toHaveProperty('accept-encoding');
  });

  it('reuses a connection, and says so in the times', async () => {
    const ports = new Set<number | undefined>();
    const port = await http((req, res) => void (ports.add(req.socket.remotePort), res.end('ok')));
    const { sender } = senderOf();
    const first = await sender.send(request(at(port)));
    await idle();
    const second = await sender.send(request(at(port)));
    expect(first).toMatchObject({
      kind: 'success',
      remote_ip: '127.0.0.1',
      tls_ms: null,
      dns_ms: expect.any(Number),
      ttfb_ms: expect.any(Number),
    });
    expect(second).toMatchObject({ kind: 'success', remote_ip: '127.0.0.1', dns_ms: 0, connect_ms: 0, tls_ms: null });
    expect(ports.size).toBe(1);
  });

  it('sends many at once over at most 64 connections', async () => {
    const ports = new Set<number | undefined>();
    const port = await http((req, res) => {
      ports.add(req.socket.remotePort);
      setTimeout(() => res.end('ok'), 5);
    });
    const { sender } = senderOf();
    const outcomes = await Promise.all(Array.from({ length: 200 }, () => sender.send(request(at(port), { timeout_ms: 5_000 }))));
    expect(outcomes.filter(({ kind }) => kind === 'success')).toHaveLength(200);
    expect(ports.size).toBeLessThanOrEqual(64);
  });

  it('waits for sends in flight when it closes', async () => {
    const port = await http((_req, res) => void setTimeout(() => res.end('ok'), 100));
    const { sender } = senderOf();
    const sending = sender.send(request(at(port)));
    await new Promise((done) => setTimeout(done, 30));
    await sender.close();
    await expect(sending).resolves.toMatchObject({ kind: 'success' });
  });
});

describe('what an answer means', () => {
  it.each([
    [200, {}, 'success', null],
    [204, {}, 'success', null],
    [400, {}, 'final', null],
    [404, {}, 'final', null],
    [410, {}, 'gone', null],
    [401, {}, 'final', null],
    [408, {}, 'retry', null],
    [425, {}, 'retry', null],
    [429, { 'retry-after': '7' }, 'retry', 7_000],
    [500, { 'retry-after': '7' }, 'retry', null],
    [503, { 'retry-after': '1000000000' }, 'retry', 43_200_000],
  ])('[004-34] %i %j: %s', async (status, headers, kind, retry_after_ms) => {
    const port = await http((_req, res) => res.writeHead(status, headers).end());
    expect(await sent(port)).toMatchObject({ kind, http_status: status, error_code: null, retry_after_ms });
  });

  it.each([
    [{ current: SECRET, next: 'ab'.repeat(32) }, 'rotate'],
    [{ current: SECRET, next: 'ab'.repeat(32), legacy: 'next' as const }, 'final'],
  ])('a refused key while a rotation is open: %j, %s', async (secrets, kind) => {
    const port = await http((_req, res) => res.writeHead(401).end());
    expect(await sent(port, { secrets })).toMatchObject({ kind, http_status: 401 });
  });

  it('[004-27] never follows a redirect', async () => {
    const inside = counting();
    const internal = await http(inside.answer);
    for (const status of [301, 302, 303, 307, 308]) {
      const port = await http((_req, res) => res.writeHead(status, { location: at(internal) }).end());
      expect(await sent(port)).toMatchObject({ kind: 'retry', http_status: status, error_code: 'redirect_refused' });
    }
    expect(inside.hits).toBe(0);
  });

  it('keeps headers and body of the answer as they came, without cookies and without unpacking', async () => {
    const packed = gzipSync(Buffer.alloc(1_000_000));
    const port = await http((_req, res) => {
      res.writeHead(422, { 'X-Why': ['a', 'b'], 'set-cookie': 's=1', 'content-encoding': 'gzip' }).end(packed);
    });
    const outcome = await sent(port);
    expect(outcome.response_headers).toMatchObject({ 'x-why': 'a, b', 'content-encoding': 'gzip' });
    expect(outcome.response_headers).not.toHaveProperty('set-cookie');
    expect(outcome.response_body).toEqual({ text: packed.subarray(0, 4_096).toString('base64'), encoding: 'base64', truncated: false });
  });
});

describe('receivers that misbehave', () => {
  const within = async (port: number, scheme = 'http'): Promise<SendOutcome & { took_ms: number }> => {
    const began = performance.now();
    const outcome = await senderOf().sender.send(request(`${scheme}://127.0.0.1:${port}/`));
    return { ...outcome, took_ms: performance.now() - began };
  };
  const timedOut = { kind: 'retry', http_status: null, error_code: 'timeout', error_message: 'The receiver did not answer in time.' };
  const KEPT = TIMEOUT_MS + 250;

  it('[004-35] silent after the request: ends at the deadline', async () => {
    const { took_ms, ...outcome } = await within(await raw(''));
    expect(outcome).toMatchObject({ ...timedOut, remote_ip: '127.0.0.1', connect_ms: expect.any(Number), ttfb_ms: null });
    expect([took_ms >= TIMEOUT_MS - 5, took_ms < KEPT]).toEqual([true, true]);
  });

  it('[004-35] a TLS handshake that stalls: ends at the deadline', async () => {
    const { took_ms, ...outcome } = await within(await listening(net.createServer()), 'https');
    expect(outcome).toMatchObject({ ...timedOut, tls_ms: null });
    expect(took_ms).toBeLessThan(KEPT);
  });

  it('[004-35] headers that drip: ends at the deadline', async () => {
    let n = 0;
    const { took_ms, ...outcome } = await within(await raw('HTTP/1.1 200 OK\r\n', () => `x-${n++}: a\r\n`));
    expect(outcome).toMatchObject(timedOut);
    expect(took_ms).toBeLessThan(KEPT);
  });

  it('[004-35] a body that drips: success, cut at the deadline', async () => {
    const { took_ms, ...outcome } = await within(await raw('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n', () => '1\r\na\r\n'));
    expect(outcome).toMatchObject({
      kind: 'success',
      http_status: 200,
      error_code: null,
      response_body: { encoding: 'utf8', truncated: true },
    });
    expect(took_ms).toBeLessThan(KEPT);
  });

  it('[004-35] a name server that is silent: ends at the deadline', async () => {
    const silent = (): Promise<never> => new Promise(() => undefined);
    const names = new NameLookup({ resolve4: silent, resolve6: silent });
    const options = { production: true, allow_http: false, allowed: [], blocked_ports: [], ownHost: () => false };
    const began = performance.now();
    expect(await new WebhookSender(new DestinationGuard(options, names)).send(request('https://slow.example/'))).toMatchObject(timedOut);
    expect(performance.now() - began).toBeLessThan(KEPT);
  });

  it('[004-35] all connections taken: those that wait end at their deadline too', async () => {
    const port = await raw('');
    const { sender } = senderOf();
    const began = performance.now();
    const outcomes = await Promise.all(Array.from({ length: 80 }, () => sender.send(request(at(port)))));
    expect(outcomes.filter(({ error_code }) => error_code === 'timeout')).toHaveLength(80);
    expect(performance.now() - began).toBeLessThan(KEPT + 200);
  });

  it('an endless body: success at once, 4 KiB kept', async () => {
    const chunk = `10000\r\n${'a'.repeat(0x10000)}\r\n`;
    const { took_ms, ...outcome } = await within(await raw('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n', () => chunk));
    expect(outcome).toMatchObject({ kind: 'success', response_body: { text: 'a'.repeat(4_096), truncated: true } });
    expect(took_ms).toBeLessThan(TIMEOUT_MS);
  });

  it('a reset after 200: success, and noted', async () => {
    const port = await raw(
      'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npartial',
      undefined,
      (socket) => void setTimeout(() => socket.resetAndDestroy(), 30),
    );
    expect(await within(port)).toMatchObject({ kind: 'success', http_status: 200, error_code: 'body_reset', error_message: null, response_body: { text: 'partial', truncated: true } }); // prettier-ignore
  });

  it.each([
    ['garbage', 'hello\r\n\r\n', 'protocol_error'],
    ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n', 'protocol_error'],
    ['17 KiB of headers', `HTTP/1.1 200 OK\r\nx-a: ${'a'.repeat(17_000)}\r\n\r\n`, 'protocol_error'],
    ['100 that nobody asked for', 'HTTP/1.1 100 Continue\r\n\r\n', 'protocol_error'],
    ['101 that nobody asked for', 'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n', 'protocol_error'],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab', 'protocol_error'],
    ['11 informational answers', 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(11), 'protocol_error'],
  ])('[004-34] %s: tried again', async (_what, bytes, error_code) => {
    expect(await within(await raw(bytes))).toMatchObject({ kind: 'retry', http_status: null, error_code });
  });

  it('ten informational answers are no fault', async () => {
    const port = await raw(`${'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(10)}HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n`);
    expect(await within(port)).toMatchObject({ kind: 'success', http_status: 200, response_body: null });
  });

  it('[004-34] closed without an answer, by end or reset: tried again', async () => {
    for (const close of [(socket: net.Socket) => void socket.end(), (socket: net.Socket) => void socket.resetAndDestroy()])
      expect(await within(await raw('', undefined, close))).toMatchObject({ kind: 'retry', error_code: 'reset' });
  });

  it('[004-34] nobody listens, no such name, no TLS: each has its code', async () => {
    const port = await http((_req, res) => res.end());
    expect(await within(port, 'https')).toMatchObject({ kind: 'retry', error_code: 'tls_failed', tls_ms: null });
    expect(await senderOf().sender.send(request('http://absent.example/'))).toMatchObject({
      kind: 'retry',
      error_code: 'dns_failed',
      remote_ip: null,
    });
    const closed = await listening(net.createServer());
    await closing.pop()?.();
    expect(await within(closed)).toMatchObject({ kind: 'retry', error_code: 'connect_failed', remote_ip: null });
  });

  it('a certificate that nobody vouches for: no request', async () => {
    const inside = counting();
    const port = await listening(createTlsServer(selfSigned(), inside.answer));
    expect(await within(port, 'https')).toMatchObject({ kind: 'retry', error_code: 'tls_failed', remote_ip: '127.0.0.1' });
    expect(inside.hits).toBe(0);
  });

  it('a kept connection that was closed meanwhile is silently repeated once, a fresh one is not', async () => {
    let connections = 0;
    let requests = 0;
    const server = net.createServer((socket) => {
      const first = ++connections === 1;
      let seen = 0;
      socket.on('data', () => {
        requests++;
        if (first && ++seen === 2) socket.destroy();
        else socket.write('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
      });
    });
    const { sender } = senderOf();
    const url = at(await listening(server));
    expect(await sender.send(request(url))).toMatchObject({ kind: 'success' });
    await idle();
    expect(await sender.send(request(url))).toMatchObject({ kind: 'success' });
    expect([connections, requests]).toEqual([2, 3]);
  });
});

describe('destinations at every connect', () => {
  const uniform = {
    kind: 'final', http_status: null, error_code: 'destination_not_allowed', error_message: 'Webhooks cannot be sent to this address.',
    dns_ms: null, connect_ms: null, tls_ms: null, ttfb_ms: null, total_ms: 0, remote_ip: null, response_headers: {}, response_body: null, retry_after_ms: null,
  }; // prettier-ignore

  it('[004-27] reaches no internal server by any spelling, name or mixed answer, and says always the same', async () => {
    const inside = counting();
    const internal = await http(inside.answer);
    const { sender, refused } = senderOf({
      port: 1,
      names: { 'in.example': [['127.0.0.1']], 'mixed.example': [['93.184.216.34', '127.0.0.1']] },
    });
    const hosts = ['127.0.0.1', '2130706433', '0x7f.1', '0177.0.0.1', '127.0.0.1.', '①②⑦.0.0.1', '[::ffff:127.0.0.1]', '[::1]', '0', '[::]', 'localhost', 'localhost.', 'in.example', 'mixed.example']; // prettier-ignore
    for (const host of hosts) expect(await sender.send(request(`http://${host}:${internal}/`))).toEqual(uniform);
    expect(refused).toHaveLength(hosts.length);
    expect(inside.hits).toBe(0);
  });

  it('[004-27] asks again at each connect: a name that moves inside is refused', async () => {
    const inside = counting();
    const port = await http((req, res) => {
      res.setHeader('connection', 'close');
      inside.answer(req, res);
    });
    const { sender } = senderOf({ names: { 'moves.example': [['127.0.0.1'], ['127.0.0.2']] } });
    expect(await sender.send(request(`http://moves.example:${port}/`))).toMatchObject({ kind: 'success', remote_ip: '127.0.0.1' });
    expect(await sender.send(request(`http://moves.example:${port}/`))).toEqual(uniform);
    expect(inside.hits).toBe(1);
  });

  it('[004-27] a kept connection stays at the address that was checked', async () => {
    const inside = counting();
    const port = await http(inside.answer);
    const { sender } = senderOf({ names: { 'moves.example': [['127.0.0.1'], ['127.0.0.2']] } });
    for (let i = 0; i < 3; i++) {
      expect(await sender.send(request(`http://moves.example:${port}/`))).toMatchObject({ kind: 'success', remote_ip: '127.0.0.1' });
      await idle();
    }
    expect(inside.hits).toBe(3);
  });

  it('[004-27] an address that the socket has and no answer had gets not one byte', async () => {
    let bytes = 0;
    const port = await listening(net.createServer((socket) => void socket.on('data', (chunk) => (bytes += chunk.length))));
    const refused: RefusedDestination[] = [];
    class Deceived extends DestinationGuard {
      override addresses(): Promise<readonly string[]> {
        return Promise.resolve(['127.0.0.1']);
      }
    }
    const options = { production: true, allow_http: true, allowed: [], blocked_ports: [], ownHost: () => false, refused: (d: RefusedDestination) => refused.push(d) }; // prettier-ignore
    for (const scheme of ['http', 'https'])
      expect(await new WebhookSender(new Deceived(options)).send(request(`${scheme}://name.example:${port}/`))).toEqual(uniform);
    await new Promise((done) => setTimeout(done, 50));
    expect(bytes).toBe(0);
    expect(refused).toEqual(Array(2).fill({ host: 'name.example', port, address: '127.0.0.1', reason: 'address_after_connect' }));
  });

  it('[004-27] our own hosts, blocked ports and http where it is off are refused at the send too', async () => {
    const options = {
      production: true,
      allow_http: false,
      allowed: [],
      blocked_ports: [9_200],
      ownHost: (host: string) => host === 'app.example',
    };
    const sender = new WebhookSender(new DestinationGuard(options));
    for (const url of [
      'https://app.example/',
      'https://93.184.216.34:9200/',
      'https://93.184.216.34:22/',
      'http://93.184.216.34/',
      'not a url',
    ])
      expect(await sender.send(request(url))).toEqual(uniform);
  });
});
