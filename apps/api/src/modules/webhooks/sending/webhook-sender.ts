import type { Dispatcher } from 'undici';
import { ConnectionPools } from './connection-pools.js';
import { noStages } from './connection.js';
import type { DestinationGuard } from './destination-guard.js';
import { answeredOutcome, failedOutcome, type Circumstances } from './outcome.js';
import { readBody } from './response-body.js';
import { faultOf, SendFault } from './send-fault.js';
import { signatureHeaders, webhookId } from './signature.js';
import type { Trace } from './traced-client.js';
import type { SendOutcome, SendRequest } from './types.js';
import { until } from './until.js';
import type { WebhookUrl } from './webhook-url.js';

const BODY_MS = 1_000;
const MOST_INFORMATIONAL = 10;

type Answer = Dispatcher.ResponseData<Trace>;

/** Sends deliveries: pools per origin, one total deadline a send, the guard at every connect. Never rejects. */
export class WebhookSender {
  private readonly pools: ConnectionPools;

  constructor(private readonly guard: DestinationGuard) {
    this.pools = new ConnectionPools(guard);
  }

  async send(request: SendRequest): Promise<SendOutcome> {
    const attempt = new Attempt(request);
    try {
      const answer = await this.exchange(attempt);
      const read = await readBody(answer.body, Math.min(BODY_MS, attempt.answered()));
      const rotating = request.secrets.next !== undefined && request.secrets.legacy !== 'next';
      const { statusCode: status, headers } = answer;
      return answeredOutcome({ status, headers, ...read }, attempt.circumstances(), rotating, Date.now());
    } catch (error) {
      return failedOutcome(faultOf(error).code, attempt.circumstances());
    } finally {
      attempt.end();
    }
  }

  /** Ends idle connections at once and waits for those in use. */
  close(): Promise<void> {
    return this.pools.close();
  }

  private async exchange(attempt: Attempt): Promise<Answer> {
    const target = this.guard.target(attempt.request.url);
    const options = attempt.options(target);
    try {
      return await until(attempt.signal, this.pools.for(target).request(options));
    } catch (error) {
      if (!attempt.mayRepeat(error)) throw error;
    }
    const client = this.pools.single(target);
    const answer = client.request(options);
    void client.close(); // once the answer has been read
    return until(attempt.signal, answer);
  }
}

/** One attempt at one delivery: its clock, its deadline and what it carries. */
class Attempt {
  private readonly started = performance.now();
  private readonly deadline = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private readonly trace: Trace;
  private ttfb_ms: number | null = null;
  private informational = 0;

  constructor(readonly request: SendRequest) {
    this.timer = setTimeout(() => this.deadline.abort(new SendFault('timeout')), request.timeout_ms);
    this.trace = { signal: this.signal, stages: noStages(), reused: false };
  }

  get signal(): AbortSignal {
    return this.deadline.signal;
  }

  options({ url }: WebhookUrl): Dispatcher.RequestOptions<Trace> {
    const body = Buffer.from(this.request.body);
    return {
      method: 'POST',
      path: `${url.pathname}${url.search}`,
      headers: this.headers(body),
      body,
      signal: this.signal,
      opaque: this.trace,
      onInfo: () => this.informed(),
    };
  }

  /** The status is here. @returns ms that are left */
  answered(): number {
    this.ttfb_ms = this.elapsed();
    this.end();
    return Math.max(this.request.timeout_ms - this.ttfb_ms, 0);
  }

  /** A connection that was idle may have been closed while this send was on its way: that is nobody's failure, once. */
  mayRepeat(error: unknown): boolean {
    return this.trace.reused && this.informational === 0 && faultOf(error).code === 'reset';
  }

  circumstances(): Circumstances {
    const { dns_ms, connect_ms, tls_ms, remote_ip } = this.trace.stages;
    const whole = (ms: number | null): number | null => (ms === null ? null : Math.round(ms));
    return {
      dns_ms: whole(dns_ms),
      connect_ms: whole(connect_ms),
      tls_ms: whole(tls_ms),
      ttfb_ms: whole(this.ttfb_ms),
      total_ms: Math.round(this.elapsed()),
      remote_ip,
    };
  }

  end(): void {
    clearTimeout(this.timer);
  }

  private elapsed(): number {
    return performance.now() - this.started;
  }

  private informed(): void {
    if (++this.informational > MOST_INFORMATIONAL) this.deadline.abort(new SendFault('protocol_error'));
  }

  /** A list and not an object: a tenant's header may be called `__proto__`. */
  private headers(body: Buffer): string[] {
    const { request } = this;
    const signed = { webhook_id: webhookId(request.delivery_id), timestamp_s: Math.floor(Date.now() / 1_000), body };
    const ours = {
      'content-type': 'application/json',
      'user-agent': 'Tenantry-Webhooks/1',
      ...signatureHeaders(signed, request.secrets),
      'x-webhook-event': request.event_type,
      'x-webhook-delivery': request.delivery_id,
      'x-webhook-attempt': String(request.attempt),
      ...(request.traceparent === undefined ? {} : { traceparent: request.traceparent }),
    };
    return [...Object.entries(ours), ...Object.entries(request.headers)].flat();
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
    retry_after_ms: mayWait ? retryAfterMs(plainHeaders(headers)['retry-after'], now_ms) : null,
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
