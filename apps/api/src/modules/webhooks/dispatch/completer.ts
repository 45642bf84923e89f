import { Injectable } from '@nestjs/common';
import { setTimeout as wait } from 'node:timers/promises';
import { sqlState } from '#platform/db/index.js';
import { Logger } from '#platform/logging/index.js';
import { Metrics } from '#platform/metrics/index.js';
import { DeliveryFeed } from '../deliveries/delivery-feed.js';
import { CompletionRepository, type Completed } from './completion.repository.js';
import { withoutAnswer, type SendResult } from './send-result.js';

const BATCH = 512;
const AGAIN_MS = 100;
/** A statement costs about the same for one result and for twenty. A result after a rest is written at once. */
const FLUSHES_APART_MS = 8;

export interface Pending {
  readonly result: SendResult;
  /** `performance.now()` when the lease is over: another worker has the delivery then. */
  readonly until_ms: number;
  /** What became of it; null: the lease was lost, or the result was only a note. */
  readonly settled: (completed: Completed | null) => void;
}

/**
 * Writes results in batches: what arrives within a few milliseconds, or while a statement is under way, goes with the next. A statement that fails is
 * repeated until the leases of its results are over; then they are dropped, and whoever finds the lease expired sends again.
 */
@Injectable()
export class Completer {
  readonly #waiting: Pending[] = [];
  #running: Promise<void> | null = null;
  #begun_ms = -Infinity;

  constructor(
    private readonly repository: CompletionRepository,
    private readonly feed: DeliveryFeed,
    private readonly metrics: Metrics,
    private readonly logger: Logger,
  ) {}

  add(pending: Pending): void {
    this.#waiting.push(pending);
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
  }

  /** Until all that was added is written or dropped. */
  async drain(): Promise<void> {
    while (this.#running) await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length) {
      const early_ms = this.#begun_ms + FLUSHES_APART_MS - performance.now();
      if (early_ms > 0) await wait(early_ms);
      else await new Promise(setImmediate); // what has ended in the same turn belongs to the same batch
      this.#begun_ms = performance.now();
      await this.#write(this.#waiting.splice(0, BATCH));
    }
  }

  async #write(given: Pending[]): Promise<void> {
    let batch = given;
    let results = batch.map(({ result }) => result);
    for (;;) {
      try {
        const done = await this.repository.complete(results);
        this.feed.changed(done);
        this.metrics.observe('webhook_flush_size', {}, results.length);
        const byKey = new Map(done.map((row) => [`${row.delivery_id} ${row.n}`, row]));
        for (const { result, settled } of batch) {
          const completed = result.verdict === 'note' ? null : (byKey.get(`${result.delivery_id} ${result.n}`) ?? null);
          if (!completed && result.verdict !== 'note') this.metrics.count('webhook_late_result_total', {});
          settled(completed);
        }
        return;
      } catch (error) {
        this.logger.warn({ err: error, results: results.length }, 'results of webhooks cannot be written');
        // Class 22: a value that PostgreSQL does not take. Only the receiver's words can be that.
        if (sqlState(error)?.startsWith('22')) results = results.map(withoutAnswer);
        else await wait(AGAIN_MS);
        const now = performance.now();
        for (const { until_ms, settled } of batch) if (until_ms <= now) settled(null);
        batch = batch.filter(({ until_ms }) => until_ms > now);
        results = results.filter((result) => batch.some((pending) => pending.result.attempt_id === result.attempt_id));
        if (batch.length === 0) return;
      }
    }
  }
}
