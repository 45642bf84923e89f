import type { IncomingHttpHeaders } from 'node:http';
import { answerKind } from './answer.js';
import { guardedConnector, type ConnectorOptions } from './connector.js';
import { Deadlines } from './deadlines.js';
import { DestinationRefused, type DestinationGuard } from './destination-guard.js';
import { Exchange, type Answer } from './exchange.js';
import { PoolCache } from './pool-cache.js';
import { asResponseBody } from './response-body.js';
import { retryAfterMs } from './retry-after.js';
import { failureOf, SEND_ERROR_SENTENCES } from './send-error.js';
import { SendTrace } from './send-trace.js';
import { ownHeaders } from './signatures.js';
import type { SendErrorCode, SendOutcome, SendRequest } from './types.js';

/** Sends deliveries: pools per origin, one total deadline a send, the guard at every connect. Never rejects. */
export class WebhookSender {
  readonly #pools: PoolCache;
  readonly #deadlines = new Deadlines();
  #inFlight = 0;
  #whenIdle: (() => void)[] = [];

  constructor(
    private readonly guard: DestinationGuard,
    options: ConnectorOptions = {},
  ) {
    this.#pools = new PoolCache(guardedConnector(guard, options));
  }

  async send(request: SendRequest): Promise<SendOutcome> {
    this.#inFlight += 1;
    const trace = new SendTrace();
    try {
      const { origin, path } = this.guard.destinationOf(request.url);
      const headers = ownHeaders(request, Math.floor(Date.now() / 1_000));
      const exchange = new Exchange(this.#pools.of(origin), this.#deadlines, trace, {
        path,
        headers: withCustom(request.headers, headers),
        body: Buffer.from(request.body, 'utf8'),
        timeout_ms: request.timeout_ms,
      });
      return answered(request, trace, await exchange.run());
    } catch (error) {
      return error instanceof DestinationRefused ? REFUSED : failed(trace, failureOf(error));
    } finally {
      this.#inFlight -= 1;
      if (this.#inFlight === 0) for (const idle of this.#whenIdle.splice(0)) idle();
    }
  }

  /** Waits for the sends in flight, each of which ends at its deadline, and drops every connection. */
  async close(): Promise<void> {
    if (this.#inFlight > 0) await new Promise<void>((idle) => this.#whenIdle.push(idle));
    await this.#pools.destroy();
  }
}

/** Ours count, whatever a header says that was stored under other rules. */
function withCustom(custom: SendRequest['headers'], own: Record<string, string>): Record<string, string> {
  for (const _ in custom) return { ...custom, ...own };
  return own;
}

function answered({ secrets }: SendRequest, trace: SendTrace, { status, headers, body, ending }: Answer): SendOutcome {
  const kind = answerKind(status, secrets.next !== undefined && secrets.legacy !== 'next');
  const error_code = codeOf(status, ending === 'broken');
  const response_headers = plainHeaders(headers);
  const mayWait = status === 429 || status === 503;
  trace.ended();
  // Written out: a spread of the times would cost more than the whole rest of this function.
  return {
    kind,
    http_status: status,
    error_code,
    error_message: kind === 'success' ? null : messageOf(status, error_code),
    dns_ms: trace.dns_ms,
    connect_ms: trace.connect_ms,
    tls_ms: trace.tls_ms,
    ttfb_ms: trace.ttfb_ms,
    total_ms: trace.total_ms,
    remote_ip: trace.remote_ip,
    response_headers,
    response_body: asResponseBody(body, ending === 'whole'),
    retry_after_ms: mayWait ? retryAfterMs(response_headers, Date.now()) : null,
  };
}

function codeOf(status: number, broken: boolean): SendErrorCode | null {
  if (status >= 300 && status < 400) return 'redirect_refused';
  return broken ? 'body_reset' : null;
}

const messageOf = (status: number, code: SendErrorCode | null): string =>
  code === 'redirect_refused' ? SEND_ERROR_SENTENCES[code] : `The receiver answered ${status}.`;

function plainHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const plain: Record<string, string> = {};
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined && name !== 'set-cookie') plain[name] = typeof value === 'string' ? value : value.join(', ');
  }
  return plain;
}

function failed(trace: SendTrace, code: SendErrorCode): SendOutcome {
  trace.ended();
  return {
    ...NO_ANSWER,
    kind: 'retry',
    error_code: code,
    error_message: SEND_ERROR_SENTENCES[code],
    dns_ms: trace.dns_ms,
    connect_ms: trace.connect_ms,
    tls_ms: trace.tls_ms,
    ttfb_ms: trace.ttfb_ms,
    total_ms: trace.total_ms,
    remote_ip: trace.remote_ip,
  };
}

const NO_ANSWER = { http_status: null, response_headers: {}, response_body: null, retry_after_ms: null } as const;

/** The same for every refusal: no time and no address, or a tenant could map what lies behind the guard. */
const REFUSED: SendOutcome = {
  ...NO_ANSWER,
  kind: 'final',
  error_code: 'destination_not_allowed',
  error_message: SEND_ERROR_SENTENCES.destination_not_allowed,
  dns_ms: null,
  connect_ms: null,
  tls_ms: null,
  ttfb_ms: null,
  total_ms: 0,
  remote_ip: null,
};
