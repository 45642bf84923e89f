import type { Socket } from 'node:net';
import { Client, type buildConnector, type Dispatcher } from 'undici';

/** What opening a connection took, in ms. */
export interface Opening {
  readonly dns_ms: number;
  readonly connect_ms: number;
  readonly tls_ms: number | null;
}

/** A connection of ours: where it leads, how it was opened, and whether a send has used it. */
export interface Connection {
  readonly remote_ip: string | null;
  readonly opening: Opening;
  used: boolean;
}

const connections = new WeakMap<Socket, Connection>();

/** Called by the connector when a socket is ready. */
export function opened(socket: Socket, opening: Opening): void {
  connections.set(socket, { remote_ip: socket.remoteAddress ?? null, opening, used: false });
}

/** What is dispatched, and which client of the pool has taken it. */
export interface CarriedOptions extends Dispatcher.DispatchOptions {
  carrier: Carrier | null;
}

/** The client tells nobody which connection carries a request. This one, of one connection at a time, marks what it takes. */
export class Carrier extends Client {
  readonly #current: { connection: Connection | null };

  constructor(origin: URL, options: Client.Options & { readonly connect: buildConnector.connector }) {
    const current: { connection: Connection | null } = { connection: null };
    super(origin, {
      ...options,
      connect: (target, done) =>
        options.connect(target, (...result) => {
          const [, socket] = result;
          current.connection = (socket && connections.get(socket)) ?? null;
          done(...result);
        }),
    });
    this.#current = current;
  }

  /** The connection in use, or the last one. */
  get connection(): Connection | null {
    return this.#current.connection;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    (options as CarriedOptions).carrier = this;
    return super.dispatch(options, handler);
  }
}
