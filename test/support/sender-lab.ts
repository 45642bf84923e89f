import http, { type IncomingHttpHeaders, type RequestListener } from 'node:http';
import net, { type AddressInfo, type Server, type Socket } from 'node:net';
import { DestinationGuard } from '../../apps/api/src/modules/webhooks/sending/destination-guard.js';
import { DnsCache, type AddressResolver } from '../../apps/api/src/modules/webhooks/sending/dns-cache.js';
import type { GuardOptions, SendOutcome, SendRequest } from '../../apps/api/src/modules/webhooks/sending/types.js';
import { WebhookSender } from '../../apps/api/src/modules/webhooks/sending/webhook-sender.js';

export const SECRET = 'ab'.repeat(32);
const LOOPBACK = '127.0.0.1/32';

export interface Seen {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** The sender and receivers of one test; `close` ends them all. */
export class SenderLab {
  readonly #open = new Set<{ close(): unknown }>();
  readonly #sockets = new Set<Socket>();

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const open = [...this.#open];
    this.#open.clear();
    await Promise.all(open.map((one) => one.close()));
  }

  /** On a free port of loopback. */
  async listening(server: Server): Promise<number> {
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => this.#sockets.delete(socket));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    this.#open.add(server);
    return (server.address() as AddressInfo).port;
  }

  receiver(answer: RequestListener): Promise<number> {
    return this.listening(http.createServer(answer));
  }

  /** Says what it likes once the request has begun to arrive. */
  speaking(say: (socket: Socket) => void): Promise<number> {
    return this.listening(net.createServer((socket) => socket.once('data', () => say(socket))));
  }

  /** Answers alike, and keeps what it was sent and over which connections, in order. */
  async counting(status = 200, headers: Record<string, string> = {}) {
    const seen: Seen[] = [];
    const connections = new Set<Socket>();
    const port = await this.receiver((request, response) => {
      connections.add(request.socket);
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        seen.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
        response.writeHead(status, headers).end('thanks');
      });
    });
    return { port, seen, connections };
  }

  /** A sender that may reach loopback, and knows no name unless `dns` does. `ca`: the certificates it trusts. */
  sender({
    dns = new DnsCache(new NoNames()),
    ca,
    ...options
  }: Partial<GuardOptions> & { dns?: DnsCache; ca?: string } = {}): WebhookSender {
    const guard = new DestinationGuard(
      { production: false, allow_http: true, allowed: [LOOPBACK], blocked_ports: [], ownHost: () => false, ...options },
      dns,
    );
    return this.opened(new WebhookSender(guard, ca === undefined ? {} : { ca }));
  }

  /** Closed with the rest. */
  opened<T extends { close(): unknown }>(one: T): T {
    this.#open.add(one);
    return one;
  }
}

/** Names that all lead to the same addresses, believed for a minute. */
export class Names implements AddressResolver {
  constructor(private readonly addresses: readonly string[]) {}
  resolve4 = () => Promise.resolve(this.addresses.map((address) => ({ address, ttl: 60 })));
  resolve6 = () => Promise.resolve([]);
}
export class NoNames implements AddressResolver {
  resolve4 = () => Promise.reject(Object.assign(new Error('none'), { code: 'ENOTFOUND' }));
  resolve6 = this.resolve4;
}

/** A send to loopback. */
export const to = (port: number, request: Partial<SendRequest> = {}): SendRequest => ({
  url: `http://127.0.0.1:${port}/hook?a=1`,
  body: '{"type":"order.updated","data":{"name":"Zoë"}}',
  event_type: 'order.updated',
  delivery_id: '01920000-0000-7000-8000-00000000002a',
  attempt: 1,
  headers: {},
  secrets: { current: SECRET },
  timeout_ms: 5_000,
  ...request,
});

export async function timed(send: Promise<SendOutcome>): Promise<SendOutcome & { readonly took_ms: number }> {
  const started_ms = performance.now();
  return { ...(await send), took_ms: performance.now() - started_ms };
}
