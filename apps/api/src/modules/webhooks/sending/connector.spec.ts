import { createServer as createHttps } from 'node:https';
import { createServer as createTcp, connect as connectTcp, type Socket } from 'node:net';
import { connect, createServer as createTls, type TLSSocket, type TlsOptions } from 'node:tls';
import { CertificateAuthority, selfSigned, type Credentials } from '../../../../../../test/support/certificates.js';
import { Names, SenderLab, timed, to } from '../../../../../../test/support/sender-lab.js';
import { DnsCache } from './dns-cache.js';

/** More than a deadline may be late on a busy machine. */
const LATE_MS = 900;
const DAY_MS = 86_400_000;

const lab = new SenderLab();
afterEach(() => lab.close());

const ca = new CertificateAuthority();
const loopback = ca.issue({ names: ['127.0.0.1', 'hooks.test'] });

/** A receiver over TLS that keeps what it was sent, and the connections with what was asked of them. */
async function secure(credentials: Credentials, options: TlsOptions = {}, answer: Record<string, string> = {}) {
  const requests: string[] = [];
  const connections: { readonly servername: unknown; readonly protocol: string | null; readonly resumed: boolean }[] = [];
  const server = createHttps({ ...credentials, ...options }, (request, response) => {
    request.resume();
    request.on('end', () => {
      requests.push(request.headers.host ?? '');
      response.writeHead(200, answer).end('ok');
    });
  });
  server.on('secureConnection', (socket: TLSSocket & { servername?: unknown }) =>
    connections.push({ servername: socket.servername, protocol: socket.getProtocol(), resumed: socket.isSessionReused() }),
  );
  const port = await lab.listening(server);
  return { port, requests, connections };
}
const https = (port: number, host = '127.0.0.1') => to(port, { url: `https://${host}:${port}/` });
const trusting = (dns?: DnsCache) => lab.sender({ ca: ca.cert, ...(dns && { dns }) });
const named = () => new DnsCache(new Names(['127.0.0.1']));

it('sends over TLS, and says how long the handshake took', async () => {
  const { port, requests, connections } = await secure(loopback);
  const sender = trusting(named());
  const first = await sender.send(https(port, 'hooks.test'));
  expect(first).toMatchObject({ kind: 'success', http_status: 200, error_code: null, remote_ip: '127.0.0.1' });
  expect(first.tls_ms).toBeGreaterThan(0);
  expect(first.connect_ms).toBeGreaterThan(0);
  await new Promise((done) => setImmediate(done));
  expect(await sender.send(https(port, 'hooks.test'))).toMatchObject({ kind: 'success', dns_ms: 0, connect_ms: 0, tls_ms: 0 });
  expect(requests).toEqual([`hooks.test:${port}`, `hooks.test:${port}`]);
  expect(connections).toEqual([{ servername: 'hooks.test', protocol: 'TLSv1.3', resumed: false }]);
});

it('an address is good by its certificate too, and is not told as a name', async () => {
  const { port, connections } = await secure(loopback);
  expect(await trusting().send(https(port))).toMatchObject({ kind: 'success' });
  expect(connections).toMatchObject([{ servername: false }]);
});

it.each(['TLSv1.2', 'TLSv1.3'] as const)('a second connection takes up the session of the first: %s', async (version) => {
  const { port, connections } = await secure(loopback, { minVersion: version, maxVersion: version }, { connection: 'close' });
  const sender = trusting();
  for (let i = 0; i < 2; i += 1) expect(await sender.send(https(port))).toMatchObject({ kind: 'success' });
  expect(connections.map(({ resumed }) => resumed)).toEqual([false, true]);
});

describe('a receiver whose certificate does not show that it is the one', () => {
  const wrong: [string, () => Credentials][] = [
    ['of another name', () => ca.issue({ names: ['other.test', '127.0.0.2'] })],
    ['expired', () => ca.issue({ names: ['127.0.0.1'], from: new Date(Date.now() - 2 * DAY_MS), until: new Date(Date.now() - DAY_MS) })],
    [
      'of tomorrow',
      () => ca.issue({ names: ['127.0.0.1'], from: new Date(Date.now() + DAY_MS), until: new Date(Date.now() + 2 * DAY_MS) }),
    ],
    ['signed by itself', () => selfSigned({ names: ['127.0.0.1'] })],
    ['of an authority that nobody knows', () => new CertificateAuthority().issue({ names: ['127.0.0.1'] })],
  ];

  it.each(wrong)('[004-34] %s: the TLS failed, and not a byte of the delivery was sent', async (_how, credentials) => {
    const { port, requests } = await secure(credentials());
    const sender = trusting();
    // Twice, for a session that was kept of the first would let the second in.
    for (let i = 0; i < 2; i += 1)
      expect(await sender.send(https(port))).toMatchObject({
        kind: 'retry',
        http_status: null,
        error_code: 'tls_failed',
        error_message: 'The secure connection failed: check the certificate.',
      });
    expect(requests).toEqual([]);
  });

  it('[004-34] and the variable with which Node trusts all turns nothing off', async () => {
    const { port, requests } = await secure(selfSigned({ names: ['127.0.0.1'] }));
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    try {
      expect(await trusting().send(https(port))).toMatchObject({ error_code: 'tls_failed' });
    } finally {
      delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    }
    expect(requests).toEqual([]);
  });
});

it('[004-34] a receiver of TLS 1.1 alone is refused, though another client reaches it', async () => {
  const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
  const port = await lab.listening(createTls({ ...loopback, ...old }));
  expect(await trusting().send(https(port))).toMatchObject({ kind: 'retry', error_code: 'tls_failed' });
  const protocol = await new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', ca: ca.cert, ...old }, () => {
      resolve(socket.getProtocol());
      socket.destroy();
    }).on('error', reject);
  });
  expect(protocol).toBe('TLSv1.1');
});

it.each<[string, (client: Socket, server: Socket) => void]>([
  ['answers nothing', () => undefined],
  ['stops in its midst', (client, server) => server.once('data', (bytes: Buffer) => client.write(bytes.subarray(0, 40)))],
])('[004-35] a handshake that %s ends at the deadline', async (_how, pass) => {
  const behind = await lab.listening(createTls(loopback));
  const port = await lab.listening(
    createTcp((client) => {
      const server = connectTcp(behind, '127.0.0.1').on('error', () => undefined);
      client.pipe(server).on('error', () => undefined);
      client.on('close', () => server.destroy());
      pass(client, server);
    }),
  );
  const outcome = await timed(trusting().send({ ...https(port), timeout_ms: 300 }));
  expect(outcome).toMatchObject({ kind: 'retry', error_code: 'timeout', tls_ms: null });
  expect(outcome.took_ms).toBeGreaterThanOrEqual(295);
  expect(outcome.took_ms).toBeLessThan(300 + LATE_MS);
});

it('[004-34] a connection that ends inside the handshake is one whose TLS failed', async () => {
  const port = await lab.speaking((socket) => socket.resetAndDestroy());
  expect(await trusting().send(https(port))).toMatchObject({ kind: 'retry', error_code: 'tls_failed' });
});
