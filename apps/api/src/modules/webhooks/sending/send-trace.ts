import { subscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import type { SendTimings } from './types.js';

/** What opening a connection took, in ms. */
export interface Opening {
  readonly dns_ms: number;
  readonly connect_ms: number;
  readonly tls_ms: number | null;
}

/** A connection of ours: how it was opened, and whether a send has used it. */
interface Connection {
  readonly opening: Opening;
  used: boolean;
}

const connections = new WeakMap<object, Connection>();
const traces = new WeakMap<object, SendTrace>();

/** Called by the connector when a socket is ready. */
export function opened(socket: Socket, opening: Opening): void {
  connections.set(socket, { opening, used: false });
}

/**
 * Where the time of one send goes. The client does not say which of its connections carries a request; its diagnostics channel does,
 * and the body, a buffer that no other send shares, tells whose request that is.
 */
export class SendTrace {
  readonly #started_ms = performance.now();
  #opening: Opening | null = null;
  #ttfb_ms: number | null = null;
  remote_ip: string | null = null;

  constructor(body: Buffer) {
    traces.set(body, this);
  }

  carriedBy(socket: Socket): void {
    const connection = connections.get(socket);
    this.remote_ip = socket.remoteAddress ?? null;
    if (connection === undefined) return;
    this.#opening = connection.used
      ? { dns_ms: 0, connect_ms: 0, tls_ms: connection.opening.tls_ms === null ? null : 0 }
      : connection.opening;
    connection.used = true;
  }

  answered(): void {
    this.#ttfb_ms = this.elapsed_ms();
  }

  elapsed_ms(): number {
    return performance.now() - this.#started_ms;
  }

  timings(): SendTimings {
    const { dns_ms = null, connect_ms = null, tls_ms = null } = this.#opening ?? {};
    return { dns_ms, connect_ms, tls_ms, ttfb_ms: this.#ttfb_ms, total_ms: this.elapsed_ms() };
  }
}

subscribe('undici:client:sendHeaders', (message) => {
  const { request, socket } = message as { request: { body?: unknown }; socket: Socket };
  if (typeof request.body === 'object' && request.body !== null) traces.get(request.body)?.carriedBy(socket);
});
