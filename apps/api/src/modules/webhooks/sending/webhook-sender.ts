import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { answerKind } from './answer.js';
import { guardedConnector, type ConnectorOptions } from './connector.js';
import { DestinationRefused, type DestinationGuard } from './destination-guard.js';
import { PoolCache } from './pool-cache.js';
import { readBody } from './read-body.js';
import { retryAfterMs } from './retry-after.js';
import { failureOf, SEND_ERROR_SENTENCES, SendError } from './send-error.js';
import { SendTrace } from './send-trace.js';
import { ownHeaders } from './signatures.js';
import type { SendErrorCode, SendOutcome, SendRequest } from './types.js';

const MAX_BODY_MS = 1_000;
const MAX_INFORMATIONAL = 10;

/** Sends deliveries: pools per origin, one total deadline a send, the guard at every connect. Never rejects. */
export class WebhookSender {
  readonly #pools: PoolCache;
  readonly #inFlight = new Set<Promise<SendOutcome>>();

  constructor(
    private readonly guard: DestinationGuard,
    options: ConnectorOptions = {},
  ) {
    this.#pools = new PoolCache(guardedConnector(guard, options));
  }

  send(request: SendRequest): Promise<SendOutcome> {
    const sent = this.#send(request).finally(() => this.#inFlight.delete(sent));
    this.#inFlight.add(sent);
    return sent;
  }

  /** Waits for the sends in flight, each of which ends at its deadline, and drops every connection. */
  async close(): Promise<void> {
    await Promise.all(this.#inFlight);
    await this.#pools.destroy();
  }

  async #send(request: SendRequest): Promise<SendOutcome> {
    const body = Buffer.from(request.body, 'utf8');
    const trace = new SendTrace(body);
    try {
      const { origin, path } = this.guard.destinationOf(request.url);
      const headers = { ...request.headers, ...ownHeaders(request, Math.floor(Date.now() / 1_000)) };
      const response = await withDeadline(request.timeout_ms, (signal, stop) => {
        const informational = counter(MAX_INFORMATIONAL, () => stop(new SendError('protocol_error')));
        return this.#pools.of(origin).request({ method: 'POST', path, headers, body, signal, onInfo: informational });
      });
      trace.answered();
      return await answered(request, trace, response);
    } catch (error) {
      return error instanceof DestinationRefused ? REFUSED : failed(trace, failureOf(error));
    }
  }
}

/**
 * Runs `start` for at most `ms`. The race is needed beside the signal: the client looks at the signal of a request that waits for its
 * connection only when it has one.
 */
function withDeadline<T>(ms: number, start: (signal: AbortSignal, stop: (reason: Error) => void) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  return new Promise((resolve, reject) => {
    const stop = (reason: Error) => {
      controller.abort(reason);
      reject(reason);
    };
    const timer = setTimeout(() => stop(new SendError('timeout')), ms);
    start(controller.signal, stop)
      .then(resolve, reject)
      .finally(() => clearTimeout(timer));
  });
}

function counter(max: number, exceeded: () => void): () => void {
  let count = 0;
  return () => {
    count += 1;
    if (count > max) exceeded();
  };
}

async function answered(
  { secrets, timeout_ms }: SendRequest,
  trace: SendTrace,
  { statusCode, headers, body: stream }: Dispatcher.ResponseData,
): Promise<SendOutcome> {
  const now_ms = Date.now();
  const { body, broken } = await readBody(stream, Math.min(MAX_BODY_MS, timeout_ms - trace.elapsed_ms()));
  const kind = answerKind(statusCode, secrets.next !== undefined && secrets.legacy !== 'next');
  const error_code = codeOf(statusCode, broken);
  const mayWait = statusCode === 429 || statusCode === 503;
  return {
    ...trace.timings(),
    kind,
    http_status: statusCode,
    error_code,
    error_message: kind === 'success' ? null : messageOf(statusCode, error_code),
    remote_ip: trace.remote_ip,
    response_headers: plainHeaders(headers),
    response_body: body,
    retry_after_ms: mayWait ? retryAfterMs(plainHeaders(headers), now_ms) : null,
  };
}

function codeOf(status: number, broken: boolean): SendErrorCode | null {
  if (status >= 300 && status < 400) return 'redirect_refused';
  return broken ? 'body_reset' : null;
}

const messageOf = (status: number, code: SendErrorCode | null): string =>
  code === 'redirect_refused' ? SEND_ERROR_SENTENCES[code] : `The receiver answered ${status}.`;

function plainHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined || name === 'set-cookie' ? [] : [[name, typeof value === 'string' ? value : value.join(', ')]],
    ),
  );
}

function failed(trace: SendTrace, code: SendErrorCode): SendOutcome {
  return {
    ...NO_ANSWER,
    ...trace.timings(),
    kind: 'retry',
    error_code: code,
    error_message: SEND_ERROR_SENTENCES[code],
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
