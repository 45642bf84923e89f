import { Injectable } from '@nestjs/common';
import { setTimeout as wait } from 'node:timers/promises';
import { Config } from '#platform/config/index.js';
import { Logger } from '#platform/logging/index.js';
import { Metrics } from '#platform/metrics/index.js';
import { WebhookSender } from '../sending/index.js';
import { Aftermath } from './aftermath.js';
import { ClaimRepository, type ClaimTerms, type PoolName } from './claim.repository.js';
import { Completer } from './completer.js';
import { DeliverWebhook } from './deliver-webhook.js';
import { DispatchTerms } from './dispatch-terms.js';
import { RetryAlarms } from './retry-alarms.js';
import { SendPool } from './send-pool.js';
import { Sweeper } from './sweeper.js';
import { WebhookWake } from './webhook-wake.js';

/**
 * Sends what is due, straight from PostgreSQL. Two pools: endpoints that have answered well share the fast one; those that are new, slow
 * or dead the other, where each has one place. So what is dead waits for itself alone.
 */
@Injectable()
export class WebhookDispatcher {
  readonly #pools: readonly SendPool[];
  readonly #alarms: RetryAlarms;
  #stopListening: (() => void) | null = null;

  constructor(
    private readonly claims: ClaimRepository,
    private readonly delivery: DeliverWebhook,
    private readonly completer: Completer,
    private readonly aftermath: Aftermath,
    private readonly sweeper: Sweeper,
    private readonly sender: WebhookSender,
    private readonly wake: WebhookWake,
    private readonly terms: DispatchTerms,
    private readonly metrics: Metrics,
    private readonly logger: Logger,
    private readonly config: Config,
  ) {
    this.#pools = [this.#pool('fast', config.webhook_fast_slots), this.#pool('slow', config.webhook_slow_slots)];
    this.#alarms = new RetryAlarms(
      (lanes) =>
        void claims.wake(lanes).then(
          () => this.kick(),
          (error: unknown) => logger.warn({ err: error }, 'lanes of webhooks cannot be woken'), // the poll finds them
        ),
      () => metrics.count('webhook_alarm_dropped_total', {}),
    );
    aftermath.onRetry = (lane, due_in_ms) => this.#alarms.set(lane, due_in_ms);
  }

  start(): void {
    if (!this.config.webhook_dispatcher_enabled || this.#stopListening) return;
    this.#stopListening = this.wake.onKick(() => this.kick());
    this.aftermath.start();
    for (const pool of this.#pools) pool.start();
    this.sweeper.start();
  }

  kick(): void {
    for (const pool of this.#pools) pool.kick();
  }

  /**
   * Claims no more, waits for the sends under way and writes their results. What is not answered within the time is somebody else's when
   * its lease is over.
   */
  async stop(grace_ms = 60_000): Promise<void> {
    this.#stopListening?.();
    this.#stopListening = null;
    const sent = Promise.all(this.#pools.map((pool) => pool.stop())).then(() => true);
    await this.sweeper.stop();
    this.#alarms.stop();
    const late = new AbortController();
    const isEnded = await Promise.race([sent, wait(grace_ms, false, { signal: late.signal }).catch(() => false)]);
    late.abort();
    await this.completer.drain();
    await this.aftermath.stop();
    // Its connections too wait for what is on them.
    if (isEnded) await this.sender.close();
    else void this.sender.close();
  }

  #pool(name: PoolName, slots: number): SendPool {
    const pool: SendPool = new SendPool({
      pool: name,
      slots,
      poll_ms: this.terms.poll_ms,
      lease_margin_ms: this.terms.lease_margin_ms,
      claim: (terms) => this.#claim(terms),
      sleep: (lanes) => this.claims.sleep(lanes),
      deliver: (claimed) => this.delivery.run(claimed, name),
      failed: (error) => this.logger.warn({ err: error, pool: name }, 'webhooks cannot be claimed'),
    });
    this.metrics.beforeScrape(() => this.metrics.set('webhook_pool_in_use', { pool: name }, pool.inUse));
    return pool;
  }

  async #claim(terms: ClaimTerms) {
    const begun = performance.now();
    const claim = await this.claims.claim(terms);
    this.metrics.observe('webhook_claim_seconds', {}, (performance.now() - begun) / 1_000);
    return claim;
  }
}
