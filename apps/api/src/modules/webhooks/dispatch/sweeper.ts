import { Injectable } from '@nestjs/common';
import { Config } from '#platform/config/index.js';
import { Logger } from '#platform/logging/index.js';
import { Metrics } from '#platform/metrics/index.js';
import { Pump } from '#platform/queue/index.js';
import { EndpointFates } from '../endpoints/endpoint-fates.js';
import { DispatchTerms } from './dispatch-terms.js';
import { durationMs, inWords } from './duration.js';
import { FAILING_AT } from './health.repository.js';
import { SweepRepository } from './sweep.repository.js';
import { WebhookWake } from './webhook-wake.js';

/** Receivers refuse a signature that is five minutes old. */
const SKEW_WARN_SECONDS = 30;
const WARN_AT = [90, 50] as const;

/** Finds what a crash, a race or the passing of time has left. Any number of workers may sweep. */
@Injectable()
export class Sweeper {
  readonly #leases: Pump;
  readonly #tidy: Pump;

  constructor(
    private readonly repository: SweepRepository,
    private readonly fates: EndpointFates,
    private readonly wake: WebhookWake,
    private readonly metrics: Metrics,
    private readonly logger: Logger,
    private readonly config: Config,
    terms: DispatchTerms,
  ) {
    const failed = (error: unknown): void => logger.warn({ err: error }, 'webhooks cannot be swept');
    this.#leases = new Pump({ every_ms: terms.sweep_ms, turn: () => this.expireLeases().then(() => false), failed });
    this.#tidy = new Pump({ every_ms: terms.tidy_ms, turn: () => this.tidy().then(() => false), failed });
    metrics.beforeScrape(() => this.gauges());
  }

  start(): void {
    this.#leases.start();
    this.#tidy.start();
  }
  async stop(): Promise<void> {
    await this.#leases.stop();
    await this.#tidy.stop();
  }

  async expireLeases(): Promise<void> {
    const lost = await this.repository.expireLeases();
    if (lost.length === 0) return;
    this.logger.warn({ deliveries: lost.length }, 'webhook deliveries of a lost worker');
    this.metrics.count('webhook_lease_expired_total', {}, lost.length);
    for (const { status, event_type: event } of lost)
      if (status === 'dlq') this.metrics.count('webhook_deliveries_total', { event, status });
    this.wake.kick();
  }

  async tidy(): Promise<void> {
    await this.#compareClocks();
    while (await this.repository.putAway());
    const repaired = await this.repository.repairLanes();
    this.metrics.count('webhook_lane_repaired_total', {}, repaired);
    if (repaired) this.logger.error({ lanes: repaired }, 'lanes of webhooks slept over work');
    const changed = await this.repository.rest(null);
    for (const endpoint of await this.repository.overlapsOver()) await this.fates.promote(endpoint, 'expired');
    await this.#endHopeless();
    if (repaired + changed > 0) this.wake.kick();
  }

  /** A tenant was suspended, resumed, or has switched the module. */
  async rest(tenant_id: string): Promise<void> {
    if ((await this.repository.rest(tenant_id)) > 0) this.wake.kick();
  }

  /** Deliveries are planned by the database's clock, but signed with the time of this host. */
  async #compareClocks(): Promise<void> {
    const asked_ms = Date.now();
    const database_ms = (await this.repository.databaseTime()) * 1_000;
    const skew_seconds = Math.abs((asked_ms + Date.now()) / 2 - database_ms) / 1_000;
    this.metrics.set('webhook_clock_skew_seconds', {}, skew_seconds);
    if (skew_seconds > SKEW_WARN_SECONDS) this.logger.warn({ skew_seconds }, 'the clock of this host is not that of the database');
  }

  async #endHopeless(): Promise<void> {
    const disable_after_ms = durationMs(this.config.webhook_disable_after);
    for (const { percent, warned_at_percent, ...endpoint } of await this.repository.withoutSuccess(disable_after_ms, FAILING_AT)) {
      if (percent >= 100) await this.fates.disable(endpoint, 'no_success');
      else {
        const due = WARN_AT.find((at) => percent >= at);
        const left_ms = disable_after_ms * (1 - percent / 100);
        if (due !== undefined && warned_at_percent < due) await this.fates.warn(endpoint, due, inWords(left_ms));
      }
    }
  }

  private async gauges(): Promise<void> {
    const pools = new Map((await this.repository.backlog()).map((row) => [row.pool, row]));
    for (const pool of ['fast', 'slow']) {
      this.metrics.set('webhook_backlog', { pool }, pools.get(pool)?.due ?? 0);
      this.metrics.set('webhook_oldest_pending_seconds', { pool }, pools.get(pool)?.oldest_seconds ?? 0);
    }
    const states = new Map((await this.repository.lanes()).map(({ state, lanes }) => [state, lanes]));
    for (const state of ['fast', 'slow', 'asleep', 'parked']) this.metrics.set('webhook_lanes', { state }, states.get(state) ?? 0);
  }
}
