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
