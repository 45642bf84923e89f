import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Credentials } from './certificates.js';

export interface RedisServer {
  readonly url: string;
  /** The same server over TLS, where it was given a certificate. */
  readonly tlsUrl: string;
  /** What the server answers to a command, as it comes. */
  command(text: string): Promise<string>;
  /** As a crash: what is not on disk is gone, and nothing is. */
  kill(): Promise<void>;
  /** Again on the same port, empty. */
  start(): Promise<void>;
  flushAll(): Promise<void>;
  /** Full, as `noeviction` has it: reads are answered, writes are refused. */
  fill(isFull: boolean): Promise<void>;
  stop(): Promise<void>;
}

/** Why the Redis half of a test cannot run here, or null. */
export function redisMissing(): string | null {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' });
    return null;
  } catch {
    return 'redis-server is not installed';
  }
}

/** Why the TLS half of a test cannot run here, or null. */
export function redisTlsMissing(): string | null {
  const missing = redisMissing();
  if (missing !== null) return missing;
  // A build without TLS does not know the option. It stops at the first that is wrong, so this one never serves.
  const { stderr } = spawnSync('redis-server', ['--tls-port', '0', '--dir', '/nowhere'], { encoding: 'utf8' });
  return stderr.includes('tls-port') ? 'redis-server was built without TLS' : null;
}

/** A throw-away Redis on a free loopback port, without persistence, `noeviction` as BullMQ asks. `tls`: on another port as well. */
export async function startRedisServer({ tls }: { readonly tls?: Credentials } = {}): Promise<RedisServer> {
  const port = await freePort();
  const tlsPort = tls ? await freePort() : 0;
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'tenantry-redis-'));
  let child: ChildProcess | null = null;

  const start = async (): Promise<void> => {
    const options = [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--appendonly',
      'no',
      '--maxmemory-policy',
      'noeviction',
      '--dir',
      directory,
      ...(tls ? tlsOptions(tls, tlsPort, directory) : []),
    ];
    child = spawn('redis-server', options, { stdio: 'ignore' });
    child.unref();
    await untilAnswers(port);
  };
  const kill = async (): Promise<void> => {
    const running = child;
    child = null;
    if (!running || running.exitCode !== null || running.signalCode !== null) return;
    running.kill('SIGKILL');
    await once(running, 'exit');
  };
  const last = (): void => void child?.kill('SIGKILL');
  process.once('exit', last);

  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    tlsUrl: `rediss://127.0.0.1:${tlsPort}`,
    command: (text) => command(port, text),
    kill,
    start,
    flushAll: async () => void (await command(port, 'FLUSHALL')),
    fill: async (isFull) => void (await command(port, `CONFIG SET maxmemory ${isFull ? 1 : 0}`)),
    stop: async () => {
      await kill();
      process.off('exit', last);
      fs.rmSync(directory, { recursive: true, force: true });
    },
  };
}

function tlsOptions({ cert, key }: Credentials, port: number, directory: string): string[] {
  const [certFile, keyFile] = [path.join(directory, 'server.crt'), path.join(directory, 'server.key')];
  fs.writeFileSync(certFile, cert);
  fs.writeFileSync(keyFile, key, { mode: 0o600 });
  return ['--tls-port', String(port), '--tls-cert-file', certFile, '--tls-key-file', keyFile, '--tls-auth-clients', 'no'].concat(
    '--tls-ca-cert-file',
    certFile,
  );
}

async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function untilAnswers(port: number): Promise<void> {
  const end = Date.now() + 5_000;
  for (;;) {
    try {
      if ((await command(port, 'PING')).startsWith('+PONG')) return;
    } catch (error) {
      if (Date.now() > end) throw error;
    }
    await wait(20);
  }
}

async function command(port: number, text: string): Promise<string> {
  const socket = net.connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    socket.write(`${text}\r\n`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    return answer.toString();
  } finally {
    socket.destroy();
  }
}
