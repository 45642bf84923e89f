import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer as createTcp, type Socket } from 'node:net';
import { createServer as createTls } from 'node:tls';
import v8 from 'node:v8';
import vm from 'node:vm';
import { gzipSync } from 'node:zlib';
import { SECRET, SenderLab, timed, to } from '../../../../../../test/support/sender-lab.js';
import { verify } from '../../../../../../libs/webhook-verify/index.js';
import { DestinationGuard } from './destination-guard.js';
import { DnsCache, type AddressResolver } from './dns-cache.js';
import { WebhookSender } from './webhook-sender.js';

/** More than any test's deadline may be late on a busy machine, less than waiting for anything else would take. */
const LATE_MS = 900;

const lab = new SenderLab();
afterEach(() => lab.close());

/** Bytes in use when all is cleared away. */
function memory(): number {
  v8.setFlagsFromString('--expose-gc');
  (vm.runInNewContext('gc') as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** A port whose owner sleeps, with as many connections before it as the system lets wait. */
async function notAccepting(): Promise<{ port: number; stop(): Promise<unknown> }> {
  const program =
    "const s = require('net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(s.address().port))";
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const port = Number(String((await once(child.stdout, 'data'))[0]));
  child.kill('SIGSTOP');
  const waiting = Array.from({ length: 4 }, () => connect(port, '127.0.0.1').on('error', () => undefined));
  await Promise.all(waiting.slice(0, 2).map((socket) => once(socket, 'connect')));
  const stop = () => {
    for (const socket of waiting) socket.destroy();
    child.kill('SIGKILL');
    return once(child, 'exit');
  };
  return { port, stop };
}

/** Each answer of a name in turn; the last one stays. */
class TurningResolver implements AddressResolver {
  constructor(private readonly answers: string[]) {}
  resolve4 = () => Promise.resolve([{ address: (this.answers.length > 1 ? this.answers.shift() : this.answers[0]) ?? '', ttl: 0 }]);
  resolve6 = () => Promise.reject(Object.assign(new Error('none'), { code: 'ENODATA' }));
}

describe('a send that arrives', () => {
  it('carries the stored text, signed, and says how long each part took', async () => {
    const { port, seen } = await lab.counting();
    const request = to(port, { headers: { authorization: 'Bearer x' } });
    const outcome = await lab.sender().send(request);
    expect(outcome).toMatchObject({
      kind: 'success',
      http_status: 200,
      error_code: null,
      error_message: null,
      remote_ip: '127.0.0.1',
      tls_ms: null,
    });
    expect(outcome.response_body).toEqual({ text: 'thanks', encoding: 'utf8', truncated: false });
    expect(seen[0]?.body).toBe(request.body);
    expect(seen[0]?.headers).toMatchObject({ authorization: 'Bearer x', 'x-webhook-attempt': '1', host: `127.0.0.1:${port}` });
    expect(verify(seen[0]?.body ?? '', seen[0]?.headers ?? {}, SECRET)).toEqual(JSON.parse(request.body));
    for (const ms of [outcome.dns_ms, outcome.connect_ms, outcome.ttfb_ms]) expect(ms).toBeGreaterThanOrEqual(0);
    expect(outcome.total_ms).toBeGreaterThanOrEqual(outcome.ttfb_ms ?? Number.NaN);
  });

  it('[004-28] keeps its own headers, whatever a stored header of another time says', async () => {
    const { port, seen } = await lab.counting();
    await lab
      .sender()
      .send(to(port, { headers: { 'x-webhook-signature': 'forged', 'content-type': 'text/plain', 'webhook-id': 'forged' } }));
    expect(seen[0]?.headers['content-type']).toBe('application/json');
    expect(JSON.stringify(seen[0]?.headers)).not.toContain('forged');
  });

  it('reuses the connection, and then needs no time to open one', async () => {
    const { port, connections } = await lab.counting();
    const sender = lab.sender();
    await sender.send(to(port));
    await new Promise((done) => setImmediate(done));
    const second = await sender.send(to(port, { attempt: 2 }));
    expect(connections.size).toBe(1);
    expect(second).toMatchObject({ dns_ms: 0, connect_ms: 0, remote_ip: '127.0.0.1' });
  });

  it('opens another one when the receiver closes between two sends', async () => {
    const port = await lab.speaking((socket) => socket.end('HTTP/1.1 204 No Content\r\n\r\n'));
    const sender = lab.sender();
    for (const attempt of [1, 2, 3]) expect((await sender.send(to(port, { attempt }))).http_status).toBe(204);
  });

  it.each([
    [429, 'retry', 7_000],
    [503, 'retry', 7_000],
    [500, 'retry', null],
    [404, 'final', null],
    [410, 'gone', null],
  ])('[004-34] %i with Retry-After: %s, %p', async (status, kind, retry_after_ms) => {
    const { port } = await lab.counting(status, { 'retry-after': '7' });
    const outcome = await lab.sender().send(to(port));
    expect(outcome).toMatchObject({ kind, http_status: status, retry_after_ms, error_message: `The receiver answered ${status}.` });
  });

  it('asks for a send with the new key when the old one is refused during a rotation, once', async () => {
    const { port } = await lab.counting(401);
    const secrets = { current: SECRET, next: 'cd'.repeat(32) };
    expect((await lab.sender().send(to(port, { secrets }))).kind).toBe('rotate');
    expect((await lab.sender().send(to(port, { secrets: { ...secrets, legacy: 'next' } }))).kind).toBe('final');
  });

  it('keeps 4 KiB of the answer, bytes that are no text as base64, and no cookies', async () => {
    const port = await lab.receiver((request, response) => {
      request.resume();
      response.setHeader('set-cookie', 'a=b').setHeader('x-two', ['a', 'b']);
      response.end(request.headers['x-kind'] === 'bytes' ? Buffer.from([0xff, 0xfe]) : `${'a'.repeat(4_095)}é`);
    });
    const sender = lab.sender();
    const text = await sender.send(to(port));
    expect(text.response_body).toEqual({ text: 'a'.repeat(4_095), encoding: 'utf8', truncated: true });
    expect(text.response_headers['x-two']).toBe('a, b');
    expect(text.response_headers).not.toHaveProperty('set-cookie');
    const bytes = await sender.send(to(port, { headers: { 'x-kind': 'bytes' } }));
    expect(bytes.response_body).toEqual({ text: '//4=', encoding: 'base64', truncated: false });
  });
});

describe('a receiver that does not answer well', () => {
  const drip = (head: string, piece: () => string) => (socket: Socket) => {
    socket.write(head);
    const timer = setInterval(() => socket.write(piece()), 50);
    socket.on('close', () => clearInterval(timer));
  };
  let count = 0;

  it.each<[string, (socket: Socket) => void]>([
    ['says nothing', () => undefined],
    ['begins a status line', (socket) => socket.write('HTTP/1.1 2')],
    ['drips headers', drip('HTTP/1.1 200 OK\r\n', () => `x-h${(count += 1)}: a\r\n`)],
  ])('[004-35] that %s: ended at the deadline', async (_name, say) => {
    const port = await lab.speaking(say);
    const outcome = await timed(lab.sender().send(to(port, { timeout_ms: 300 })));
    expect(outcome).toMatchObject({ kind: 'retry', http_status: null, error_code: 'timeout', error_message: 'No answer came in time.' });
    expect(outcome.took_ms).toBeGreaterThanOrEqual(295);
    expect(outcome.took_ms).toBeLessThan(300 + LATE_MS);
  });

  it('[004-35] that drips its body: the deadline ends that too, and the status counts', async () => {
    const port = await lab.speaking(drip('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n', () => '1\r\na\r\n'));
    const outcome = await timed(lab.sender().send(to(port, { timeout_ms: 400 })));
    expect(outcome).toMatchObject({ kind: 'success', http_status: 200, error_code: null, response_body: { truncated: true } });
    expect(outcome.took_ms).toBeLessThan(400 + LATE_MS);
  });

  it('[004-35] that drips its body within a long deadline: left after a second', async () => {
    const port = await lab.speaking(drip('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n', () => '1\r\na\r\n'));
    const outcome = await timed(lab.sender().send(to(port, { timeout_ms: 30_000 })));
    expect(outcome.kind).toBe('success');
    expect(outcome.took_ms).toBeLessThan(1_000 + LATE_MS);
  });

  it('[004-35] that holds the TLS handshake, or the name: ended at the deadline', async () => {
    const silent = await lab.listening(createTcp(() => undefined));
    const stalled = await timed(lab.sender().send(to(silent, { url: `https://127.0.0.1:${silent}/`, timeout_ms: 300 })));
    expect(stalled).toMatchObject({ kind: 'retry', error_code: 'timeout' });
    expect(stalled.took_ms).toBeLessThan(300 + LATE_MS);
    const never = { resolve4: () => new Promise<never>(() => undefined), resolve6: () => new Promise<never>(() => undefined) };
    const unnamed = await timed(lab.sender({ dns: new DnsCache(never) }).send(to(0, { url: 'http://slow.test/', timeout_ms: 300 })));
    expect(unnamed).toMatchObject({ kind: 'retry', error_code: 'timeout', dns_ms: null });
    expect(unnamed.took_ms).toBeLessThan(300 + LATE_MS);
  });

  it('never sends what waited for its connection beyond the deadline', async () => {
    const answers: (() => void)[] = [];
    const slow: AddressResolver = {
      resolve4: () => new Promise((done) => answers.push(() => done([{ address: '127.0.0.1', ttl: 60 }]))),
      resolve6: () => Promise.resolve([]),
    };
    const { port, seen } = await lab.counting();
    const sender = lab.sender({ dns: new DnsCache(slow) });
    const url = `http://slow.test:${port}/`;
    expect((await sender.send(to(port, { url, timeout_ms: 100 }))).error_code).toBe('timeout');
    for (const answer of answers) answer();
    expect((await sender.send(to(port, { url, attempt: 2 }))).kind).toBe('success');
    expect(seen.map(({ headers }) => headers['x-webhook-attempt'])).toEqual(['2']);
  });

  it('that never ends its body: left at 16 KiB', async () => {
    let written = 0;
    const port = await lab.speaking((socket) => {
      const block = Buffer.alloc(65_536, 'a');
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      const fill = () => {
        while (!socket.destroyed && socket.write(block)) written += block.length;
        socket.once('drain', fill);
      };
      fill();
    });
    const outcome = await timed(lab.sender().send(to(port)));
    expect(outcome).toMatchObject({ kind: 'success', response_body: { truncated: true } });
    expect(outcome.response_body?.text).toHaveLength(4_096);
    expect(outcome.took_ms).toBeLessThan(LATE_MS);
    expect(written).toBeLessThan(64 * 1_048_576);
  });

  it.each<[string, string, string, (socket: Socket) => void]>([
    ['resets after 200', 'success', 'body_reset', (socket) => { socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart', () => setTimeout(() => socket.resetAndDestroy(), 50)); }],
    ['ends before its length', 'success', 'body_reset', (socket) => { socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\npart'); }],
    ['sends a chunk that is none', 'success', 'body_reset', (socket) => { socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n'); }],
    ['resets before a word', 'retry', 'reset', (socket) => socket.resetAndDestroy()],
    ['hangs up before a word', 'retry', 'reset', (socket) => { socket.end(); }],
    ['speaks another language', 'retry', 'protocol_error', (socket) => { socket.end('SSH-2.0-OpenSSH_9.2\r\n'); }],
    ['sends 1 MB of headers', 'retry', 'protocol_error', (socket) => { socket.end(`HTTP/1.1 200 OK\r\nx: ${'a'.repeat(1_048_576)}\r\n\r\n`); }],
    ['is endlessly about to answer', 'retry', 'protocol_error', (socket) => { socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(50)); }],
    ['switches protocols', 'retry', 'protocol_error', (socket) => { socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'); }],
    ['sends a length below nothing', 'retry', 'protocol_error', (socket) => { socket.end('HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\nab'); }],
    ['sends a length and chunks', 'retry', 'protocol_error', (socket) => { socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n'); }],
    ['says 100 and 100 again', 'retry', 'protocol_error', (socket) => { socket.write('HTTP/1.1 100 Continue\r\n\r\n'.repeat(50)); }],
    ['has a NUL in a header', 'retry', 'protocol_error', (socket) => { socket.end('HTTP/1.1 200 OK\r\nx: a\0b\r\n\r\n'); }],
    ['speaks HTTP/2', 'retry', 'protocol_error', (socket) => { socket.end(Buffer.from('000006040000000000000400000064', 'hex')); }],
    ['answers bytes without meaning', 'retry', 'protocol_error', (socket) => { socket.end(Buffer.from(Array.from({ length: 4_096 }, (_, i) => (i * 197) % 256))); }],
    ['sends two lengths', 'retry', 'protocol_error', (socket) => { socket.end('HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'); }],
  ])('[004-34] that %s: %s, %s', async (_name, kind, error_code, say) => {
    const outcome = await timed(lab.sender().send(to(await lab.speaking(say))));
    expect(outcome).toMatchObject({ kind, error_code });
    expect(outcome.took_ms).toBeLessThan(2_000);
  }); // prettier-ignore

  // How many may wait before a sleeping owner is known of Linux.
  const itOnLinux = process.platform === 'linux' ? it : it.skip;
  itOnLinux('[004-35] that takes no connection: ended at the deadline', async () => {
    const { port, stop } = await notAccepting();
    try {
      const outcome = await timed(lab.sender().send(to(port, { timeout_ms: 300 })));
      expect(outcome).toMatchObject({ kind: 'retry', error_code: 'timeout', connect_ms: null, remote_ip: null });
      expect(outcome.took_ms).toBeGreaterThanOrEqual(295);
      expect(outcome.took_ms).toBeLessThan(300 + LATE_MS);
    } finally {
      await stop();
    }
  });

  it('that packs gigabytes into its body: kept as it is, for nothing is unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(8 * 1_048_576));
    const port = await lab.receiver((request, response) => {
      request.resume();
      response.setHeader('content-encoding', 'gzip').end(bomb);
    });
    const outcome = await lab.sender().send(to(port));
    expect(outcome).toMatchObject({ kind: 'success', response_body: { encoding: 'base64', truncated: true } });
    expect(Buffer.from(outcome.response_body?.text ?? '', 'base64')).toEqual(bomb.subarray(0, 4_096));
  });

  it('that names its headers after what objects have by birth', async () => {
    const names = ['constructor', 'tostring', 'hasownproperty', 'x-plain'];
    const port = await lab.speaking((socket) =>
      socket.end(`HTTP/1.1 200 OK\r\ncontent-length: 0\r\n${names.map((name) => `${name}: theirs\r\n`).join('')}\r\n`),
    );
    const { response_headers } = await lab.sender().send(to(port));
    expect(Object.entries(response_headers)).toEqual([['content-length', '0'], ...names.map((name) => [name, 'theirs'])]);
    const proto = await lab.speaking((socket) =>
      socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n__proto__: a\r\n__proto__: b\r\n\r\n'),
    );
    const outcome = await lab.sender().send(to(proto));
    expect(outcome).toMatchObject({ kind: 'success', response_headers: { 'content-length': '0' } });
    expect(Object.getPrototypeOf(outcome.response_headers)).toBe(Object.prototype);
  });

  it('leaves no memory behind, whatever it was sent', async () => {
    const block = Buffer.alloc(65_536, 'a');
    const endless = await lab.speaking((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      const fill = () => {
        while (!socket.destroyed && socket.write(block));
      };
      socket.on('drain', fill);
      fill();
    });
    const header = `HTTP/1.1 200 OK\r\nx: ${'a'.repeat(1_048_576)}\r\n\r\n`;
    const headers = await lab.speaking((socket) => socket.end(header));
    const dripping = await lab.speaking(drip('HTTP/1.1 200 OK\r\n', () => 'x: a\r\n'));
    const sender = lab.sender();
    const round = async () => {
      const sends = [endless, headers, dripping].flatMap((port) =>
        Array.from({ length: 20 }, () => sender.send(to(port, { timeout_ms: 300 }))),
      );
      await Promise.all(sends);
      await new Promise((done) => setTimeout(done, 100));
    };
    await round();
    const before = memory();
    for (let i = 0; i < 4; i += 1) await round();
    expect(memory() - before).toBeLessThan(8 * 1_048_576);
  });

  it('that sends ten informational answers first is heard', async () => {
    const port = await lab.speaking((socket) =>
      socket.end(`${'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(10)}HTTP/1.1 204 No Content\r\n\r\n`),
    );
    expect((await lab.sender().send(to(port))).http_status).toBe(204);
  });

  it('[004-34] that is not there, has no name, or no certificate', async () => {
    const gone = createTcp();
    const port = await lab.listening(gone);
    await new Promise((done) => gone.close(done));
    expect(await lab.sender().send(to(port))).toMatchObject({ kind: 'retry', error_code: 'connect_failed' });
    expect(await lab.sender().send(to(0, { url: 'http://unknown.test/' }))).toMatchObject({ kind: 'retry', error_code: 'dns_failed' });
    const plain = await lab.speaking((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n'));
    const bare = await lab.listening(createTls({}));
    for (const refusing of [plain, bare]) {
      const outcome = await lab.sender().send(to(refusing, { url: `https://127.0.0.1:${refusing}/` }));
      expect(outcome).toMatchObject({ kind: 'retry', error_code: 'tls_failed' });
    }
  });
});

describe('a destination that is not allowed', () => {
  const refused = { kind: 'final', error_code: 'destination_not_allowed', error_message: 'Webhooks cannot be sent to this address.' };

  it('[004-27] is refused at every connect, in every spelling, and nothing of it is told', async () => {
    const { port, seen } = await lab.counting();
    const sender = lab.sender({ allowed: [] });
    const hosts = [
      '127.0.0.1',
      '2130706433',
      '0x7f.1',
      '0177.0.0.1',
      '127.0.0.1.',
      '[::ffff:127.0.0.1]',
      '[::1]',
      '[::]',
      '0',
      'localhost',
      '①②⑦.0.0.1',
    ];
    const outcomes = await Promise.all(hosts.map((host) => sender.send(to(port, { url: `http://${host}:${port}/` }))));
    for (const outcome of outcomes) expect(outcome).toEqual({ ...outcomes[0], ...refused });
    expect(outcomes[0]).toMatchObject({ dns_ms: null, connect_ms: null, ttfb_ms: null, total_ms: 0, remote_ip: null, http_status: null });
    expect(seen).toEqual([]);
  });

  it('[004-27] a name that was public at create and is private at the send reaches nothing', async () => {
    const { port, seen } = await lab.counting();
    const guard = new DestinationGuard(
      { production: true, allow_http: true, allowed: [], blocked_ports: [], ownHost: () => false },
      new DnsCache(new TurningResolver(['93.184.216.34', '127.0.0.1']), () => performance.now() * 1_000_000),
    );
    const url = `http://rebinding.test:${port}/`;
    await guard.checkUrl(url);
    const sender = new WebhookSender(guard);
    lab.opened(sender);
    expect(await sender.send(to(port, { url }))).toMatchObject(refused);
    expect(seen).toEqual([]);
  });

  it('[004-27] redirects are not followed', async () => {
    const inner = await lab.counting();
    const { port } = await lab.counting(302, { location: `http://127.0.0.1:${inner.port}/` });
    expect(await lab.sender().send(to(port))).toMatchObject({ kind: 'retry', http_status: 302, error_code: 'redirect_refused' });
    expect(inner.seen).toEqual([]);
  });

  it('an address stored under older rules is judged by those of today', async () => {
    const { port, seen } = await lab.counting();
    expect(await lab.sender({ allow_http: false }).send(to(port))).toMatchObject(refused);
    expect(await lab.sender({ blocked_ports: [port] }).send(to(port))).toMatchObject(refused);
    expect(seen).toEqual([]);
  });
});

it('closes when the sends in flight have ended', async () => {
  const port = await lab.receiver((request, response) => {
    request.resume();
    setTimeout(() => response.end('late'), 100);
  });
  const sender = lab.sender();
  const sent = sender.send(to(port));
  await new Promise((done) => setTimeout(done, 30));
  await sender.close();
  expect(await sent).toMatchObject({ kind: 'success', response_body: { text: 'late' } });
});
