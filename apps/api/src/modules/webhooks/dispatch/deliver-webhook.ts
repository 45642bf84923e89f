import { Injectable } from '@nestjs/common';
import { Config } from '#platform/config/index.js';
import { newId } from '#platform/crypto/index.js';
import { Logger } from '#platform/logging/index.js';
import { WebhookSender, type SendOutcome, type SendRequest } from '../sending/index.js';
import { Aftermath } from './aftermath.js';
import type { ClaimedDelivery, PoolName } from './claim.repository.js';
import { Completer } from './completer.js';
import type { Completed } from './completion.repository.js';
import { DeliveryRequests } from './delivery-request.js';
import { DispatchTerms } from './dispatch-terms.js';
import { retryDelayMs } from './retry-schedule.js';
import { sendResult, type ResultTerms } from './send-result.js';

/** Kept free of the lease, so that the result of a second send is still ours to write. */
const RESERVE_MS = 2_000;

/** Nothing was sent: by a fault of ours, or because the event is gone. */
const unsent = (kind: 'retry' | 'final', error_code: string, error_message: string) => ({
  outcome: {
    kind,
    http_status: null,
    error_code: null,
    error_message,
    dns_ms: null,
    connect_ms: null,
    tls_ms: null,
    ttfb_ms: null,
    total_ms: 0,
    remote_ip: null,
    response_headers: {},
    response_body: null,
    retry_after_ms: null,
  } satisfies SendOutcome,
  error_code,
});

/** One claimed delivery: made, signed, sent, and its result written. */
@Injectable()
export class DeliverWebhook {
  readonly #delays: readonly number[];

  constructor(
    private readonly requests: DeliveryRequests,
    private readonly sender: WebhookSender,
    private readonly completer: Completer,
    private readonly aftermath: Aftermath,
    private readonly terms: DispatchTerms,
    private readonly logger: Logger,
    config: Config,
  ) {
    this.#delays = config.webhook_retry_delays.map(Number);
  }

  /** Never rejects. */
  async run(claimed: ClaimedDelivery, pool: PoolName): Promise<void> {
    const until_ms = performance.now() + claimed.timeout_ms + this.terms.lease_margin_ms;
    let request: SendRequest & { readonly rotating: boolean };
    const started_at = new Date();
    try {
      request = this.requests.of(claimed);
    } catch (error) {
      this.logger.error({ err: error, delivery_id: claimed.delivery_id }, 'a webhook cannot be made');
      const { outcome, error_code } =
        claimed.body === null
          ? unsent('final', 'event_expired', 'The event is no longer kept.')
          : unsent('retry', 'internal', 'The delivery could not be made.');
      const completed = await this.#settle(claimed, outcome, { until_ms, started_at, error_code });
      if (completed) this.aftermath.ended(claimed, completed);
      return;
    }
    const outcome = await this.#send(request);
    if (outcome.kind === 'rotate') return this.#sendWithNext(claimed, pool, request, outcome, { until_ms, started_at });
    const completed = await this.#settle(claimed, outcome, { until_ms, started_at });
    this.aftermath.of(claimed, pool, outcome, completed);
  }

  /** 401 or 403 while a change of secret is open: the receiver may know only the new one. One more send, signed with it. */
  async #sendWithNext(
    claimed: ClaimedDelivery,
    pool: PoolName,
    request: SendRequest,
    refused: SendOutcome,
    { until_ms, started_at }: { until_ms: number; started_at: Date },
  ): Promise<void> {
    void this.#settle(claimed, refused, { until_ms, started_at, verdict: 'note', error_code: 'rotation' });
    const again_at = new Date();
    const timeout_ms = Math.max(1, Math.min(request.timeout_ms, until_ms - performance.now() - RESERVE_MS));
    const outcome = await this.#send({ ...request, timeout_ms, secrets: { ...request.secrets, legacy: 'next' } });
    const completed = await this.#settle(claimed, outcome, { until_ms, started_at: again_at });
    this.aftermath.of(claimed, pool, outcome, completed);
    if (completed?.status === 'success') this.aftermath.acceptedNext(claimed);
  }

  async #send(request: SendRequest): Promise<SendOutcome> {
    try {
      return await this.sender.send(request);
    } catch (error) {
      this.logger.error({ err: error, delivery_id: request.delivery_id }, 'a webhook cannot be sent');
      return unsent('retry', 'internal', 'The delivery could not be sent.').outcome;
    }
  }

  #settle(
    claimed: ClaimedDelivery,
    outcome: SendOutcome,
    { until_ms, started_at, verdict, error_code }: { until_ms: number; started_at: Date } & Partial<ResultTerms>,
  ): Promise<Completed | null> {
    const delay_ms = retryDelayMs({
      failures: claimed.failures + 1,
      delays: this.#delays,
      retry_after_ms: outcome.retry_after_ms,
      random: Math.random(),
    });
    const result = sendResult(claimed, outcome, {
      attempt_id: newId(),
      started_at,
      delay_ms,
      ...(verdict === undefined ? {} : { verdict }),
      ...(error_code === undefined ? {} : { error_code }),
    });
    return new Promise((settled) => this.completer.add({ result, until_ms, settled }));
  }
}
