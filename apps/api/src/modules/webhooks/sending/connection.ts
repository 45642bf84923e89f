import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { DestinationGuard, Target } from './destination-guard.js';
import { SendFault } from './send-fault.js';
import { until } from './until.js';

/** How far a connection came, filled in as it goes. ms; null: not reached (`tls_ms` also for http). */
export interface Stages {
  dns_ms: number | null;
  connect_ms: number | null;
  tls_ms: number | null;
  remote_ip: string | null;
}

export const noStages = (): Stages => ({ dns_ms: null, connect_ms: null, tls_ms: null, remote_ip: null });

/** The newest TLS session of an origin, so that the next handshake is a short one. */
export interface TlsMemory {
  session?: Buffer;
}

export interface ConnectionRequest extends Target {
  readonly secure: boolean;
  readonly tls: TlsMemory;
  readonly stages: Stages;
  /** Ends the attempt, whichever stage it is in. Its reason is the error. */
  readonly signal: AbortSignal;
}

/**
 * Opens one connection to addresses that the guard has let through. The socket is pinned to the address that was checked,
 * and nothing is written before the address it really has was checked too: a literal never asks for a name, and names change.
 * @throws SendFault timeout, dns_failed, connect_failed, tls_failed, destination_not_allowed
 */
export async function openConnection(guard: DestinationGuard, request: ConnectionRequest): Promise<Socket> {
  const { stages, signal } = request;
  let since = performance.now();
  const lap = (): number => {
    const before = since;
    since = performance.now();
    return since - before;
  };
  const addresses = await until(signal, guard.addresses(request));
  stages.dns_ms = lap();
  const socket = await tcp(request, addresses);
  stages.connect_ms = lap();
  try {
    guard.checkConnected(request, socket.remoteAddress);
    stages.remote_ip = socket.remoteAddress ?? null;
    if (!request.secure) return socket;
    const secured = await tls(request, socket);
    stages.tls_ms = lap();
    return secured;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** Several addresses are tried in turn, 500 ms each, the last without a limit of its own. */
function tcp({ host, port, signal }: ConnectionRequest, addresses: readonly string[]): Promise<Socket> {
  const answers = addresses.map((address) => ({ address, family: isIP(address) }));
  const socket = connectTcp({
    host,
    port,
    noDelay: true,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: 500,
    lookup: (_host, _options, done) => done(null, answers),
  });
  return opened(socket, 'connect', signal, 'connect_failed');
}

/** Certificates are always verified: said here, so that no variable of the process can switch it off. */
function tls({ host, tls: memory, signal }: ConnectionRequest, under: Socket): Promise<TLSSocket> {
  const socket = connectTls({
    socket: under,
    host,
    ...(isIP(host) ? {} : { servername: host }),
    ...(memory.session ? { session: memory.session } : {}),
    ALPNProtocols: ['http/1.1'],
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
  });
  socket.on('session', (session) => (memory.session = session));
  return opened(socket, 'secureConnect', signal, 'tls_failed');
}

function opened<S extends Socket>(
  socket: S,
  event: 'connect' | 'secureConnect',
  signal: AbortSignal,
  code: 'connect_failed' | 'tls_failed',
): Promise<S> {
  return new Promise((resolve, reject) => {
    const stop = (error: unknown): void => {
      signal.removeEventListener('abort', onAbort);
      socket.destroy();
      reject(error as Error);
    };
    const onAbort = (): void => stop(signal.reason);
    const onError = (error: Error): void => stop(new SendFault(code, { cause: error }));
    const onClose = (): void => stop(new SendFault(code));
    // The one that stays: between two owners an error without a listener would end the process.
    socket.on('error', () => undefined);
    socket.once('error', onError).once('close', onClose);
    socket.once(event, () => {
      signal.removeEventListener('abort', onAbort);
      socket.off('error', onError).off('close', onClose);
      resolve(socket);
    });
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}
