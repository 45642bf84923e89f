import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { buildConnector } from 'undici';
import { opened } from './connection.js';
import { DestinationRefused, type DestinationGuard } from './destination-guard.js';
import { NameNotResolved } from './dns-cache.js';
import { SendError } from './send-error.js';

/** Whoever has not answered by then will not: the send that waits ends at its own deadline, earlier or now. */
const MAX_MS = 15_000;
const MAX_SESSIONS = 2_000;

/** `ca`: certificates (PEM) to trust instead of the system's. There is no switch that trusts all. */
export interface ConnectorOptions {
  readonly ca?: string;
}

/**
 * Opens connections to allowed addresses only: names are looked up here and nowhere else, every answer is checked, and so is the address
 * that was reached, before a byte goes out. A filter in `lookup` alone is a hole: an address in the URL never gets there.
 */
export function guardedConnector(guard: DestinationGuard, { ca }: ConnectorOptions = {}): buildConnector.connector {
  const sessions = new SessionCache();

  async function open({ hostname, port, protocol }: buildConnector.Options): Promise<Socket> {
    const secure = protocol === 'https:';
    const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
    const target = { host, port: Number(port || (secure ? 443 : 80)) };
    const started_ms = performance.now();
    const addresses = await guard.addressesOf(target).catch((error: unknown) => {
      if (error instanceof DestinationRefused) throw error;
      throw new SendError(error instanceof NameNotResolved ? 'dns_failed' : 'connect_failed', { cause: error });
    });
    const resolved_ms = performance.now();
    const options = {
      host,
      port: target.port,
      lookup: fixedLookup(addresses),
      autoSelectFamily: true,
      keepAlive: true,
      keepAliveInitialDelay: 60_000,
      noDelay: true,
    };
    const key = `${host}:${target.port}`;
    const socket = secure
      ? connectTls({
          ...options,
          servername: isIP(host) === 0 ? host : '',
          ALPNProtocols: ['http/1.1'],
          minVersion: 'TLSv1.2',
          // Stated, so that no variable of the environment can turn it off.
          rejectUnauthorized: true,
          ...(ca === undefined ? {} : { ca }),
          ...sessions.of(key),
        })
      : connectTcp(options);
    if (secure) socket.on('session', (session: Buffer) => sessions.keep(key, session));
    const connected_ms = await ready(socket, secure, () =>
      guard.checkAddress({ ...target, address: socket.remoteAddress ?? '', reason: 'address_after_connect' }),
    );
    opened(socket, {
      dns_ms: resolved_ms - started_ms,
      connect_ms: connected_ms - resolved_ms,
      tls_ms: secure ? performance.now() - connected_ms : null,
    });
    return socket;
  }

  return (options, done) => {
    open(options).then(
      (socket) => done(null, socket),
      (error: unknown) => done(error as Error, null),
    );
  };
}

/** Resolves with the time of the TCP connect once the socket may be used. @throws SendError, or what `check` throws */
function ready(socket: Socket | TLSSocket, secure: boolean, check: () => void): Promise<number> {
  return new Promise((resolve, reject) => {
    let connected_ms: number | null = null;
    const timer = setTimeout(() => end(new SendError('timeout')), MAX_MS);
    const end = (error: unknown) => {
      clearTimeout(timer);
      socket.destroy();
      reject(error instanceof Error ? error : new SendError('connect_failed'));
    };
    const done = () => {
      clearTimeout(timer);
      socket.off('error', failed).off('close', closed);
      resolve(connected_ms ?? performance.now());
    };
    const failed = (cause: unknown) => end(new SendError(connected_ms === null ? 'connect_failed' : 'tls_failed', { cause }));
    const closed = () => failed(new Error('closed'));
    socket.on('error', failed).on('close', closed);
    socket.once('connect', () => {
      connected_ms = performance.now();
      try {
        check();
      } catch (error) {
        end(error);
        return;
      }
      if (!secure) done();
    });
    if (secure) socket.once('secureConnect', done);
  });
}

/** Answers with what was checked, so nobody asks a second time and hears something else. */
function fixedLookup(addresses: readonly string[]): LookupFunction {
  const answers = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_host, options, done) => {
    const [first] = answers;
    if (options.all || first === undefined) done(null, answers);
    else done(null, first.address, first.family);
  };
}

/** TLS sessions by host and port: a new connection to a known receiver needs half the handshake. */
class SessionCache {
  readonly #sessions = new Map<string, Buffer>();

  of(key: string): { session?: Buffer } {
    const session = this.#sessions.get(key);
    return session === undefined ? {} : { session };
  }

  keep(key: string, session: Buffer): void {
    this.#sessions.delete(key);
    this.#sessions.set(key, session);
    const oldest = this.#sessions.size > MAX_SESSIONS ? this.#sessions.keys().next().value : undefined;
    if (oldest !== undefined) this.#sessions.delete(oldest);
  }
}
