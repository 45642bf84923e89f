import type { Socket } from 'node:net';
import { Client, type Dispatcher, type buildConnector } from 'undici';
import { noStages, openConnection, type Stages, type TlsMemory } from './connection.js';
import type { DestinationGuard, Target } from './destination-guard.js';
import { SendFault } from './send-fault.js';

/** What a send wants to know of the connection it got, and how the connection learns when to give up. */
export interface Trace {
  readonly signal: AbortSignal;
  stages: Stages;
  /** The connection was open before this send. */
  reused: boolean;
}

export interface Origin extends Target {
  readonly origin: string;
  readonly secure: boolean;
  readonly tls: TlsMemory;
}

/** Informational answers and bodies that drip have limits of our own; undici's own timers would end neither. */
const LIMITS: Client.Options = {
  pipelining: 1,
  keepAliveTimeout: 30_000,
  keepAliveMaxTimeout: 30_000,
  headersTimeout: 0,
  bodyTimeout: 0,
  maxHeaderSize: 16_384,
};

/** One connection at a time to one origin. A send gives its `Trace` as `opaque`, which undici hands through unread. */
export class TracedClient extends Client {
  private readonly link: Link;

  constructor(guard: DestinationGuard, origin: Origin) {
    const link = new Link(guard, origin);
    super(origin.origin, { ...LIMITS, connect: (_options, done) => link.connect(done) });
    this.link = link;
  }

  override dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): boolean {
    this.link.attach((options as { opaque?: Trace }).opaque);
    return super.dispatch(options, handler);
  }
}

/** Between undici, which asks for a socket, and the send that it is for: without pipelining there is only one. */
class Link {
  private trace: Trace | undefined;
  private live: Stages | null = null;

  constructor(
    private readonly guard: DestinationGuard,
    private readonly origin: Origin,
  ) {}

  attach(trace: Trace | undefined): void {
    this.trace = trace;
    if (!trace || !this.live) return;
    trace.reused = true;
    trace.stages = { ...this.live, dns_ms: 0, connect_ms: 0, tls_ms: this.origin.secure ? 0 : null };
  }

  connect(done: buildConnector.Callback): void {
    const { trace } = this;
    if (!trace) return done(new SendFault('connect_failed'), null);
    trace.reused = false;
    const stages = (trace.stages = noStages());
    openConnection(this.guard, { ...this.origin, stages, signal: trace.signal }).then(
      (socket) => done(null, this.keep(socket, stages)),
      (error: unknown) => done(error instanceof SendFault ? error : new SendFault('connect_failed', { cause: error }), null),
    );
  }

  private keep(socket: Socket, stages: Stages): Socket {
    this.live = stages;
    socket.once('close', () => (this.live = null));
    return socket;
  }
}
