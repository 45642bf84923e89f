import { Injectable } from '@nestjs/common';
import { setTimeout as wait } from 'node:timers/promises';
import { Config } from '#platform/config/index.js';
import { Clock } from '#platform/crypto/index.js';
import { sqlState, type PlatformScope } from '#platform/db/index.js';
import { Logger } from '#platform/logging/index.js';
import { Metrics } from '#platform/metrics/index.js';
import { defineSchedule, type ScheduleResult, type ScheduleRun } from '#platform/queue/index.js';
import { firstIdOf } from '../deliveries/id-range.js';
import { KEPT_BY_WEEK, RetentionRepository } from './retention.repository.js';

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
/** Weeks begin on a Monday; the first one of the count was 5 January 1970. */
const FIRST_MONDAY_MS = 4 * DAY_MS;
const LOCK_NOT_AVAILABLE = '55P03';
const TRIES = 20;
const AGAIN_MS = 500;

/** Keeps `WEBHOOK_RETENTION_DAYS` of events, deliveries and attempts, by whole weeks. */
@Injectable()
export class Retention {
  constructor(
    private readonly repository: RetentionRepository,
    private readonly config: Config,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    private readonly logger: Logger,
  ) {}

  async run({ scope, signal }: ScheduleRun): Promise<ScheduleResult> {
    let processed = await this.repository.makeAhead(scope);
    const { webhook_retention_days: days } = this.config;
    await this.tellOfOpen(scope, weekOf(new Date(this.clock.now().getTime() - days * DAY_MS)));
    let failed = 0;
    for (const table of KEPT_BY_WEEK) {
      for (let week = await this.drop(scope, table, days); week !== null; week = await this.drop(scope, table, days)) {
        if (week === 'busy') {
          failed += 1;
          break;
        }
        this.logger.info({ week }, 'a week of webhooks is no longer kept');
        processed += 1;
        if (signal.aborted) return { processed, failed, remaining: 1 };
      }
    }
    return { processed, failed, remaining: 0 };
  }

  /** A drop waits for readers at most 200 ms, because everybody else would wait behind it; so it comes again. */
  private async drop(scope: PlatformScope, table: (typeof KEPT_BY_WEEK)[number], days: number): Promise<string | 'busy' | null> {
    for (let tries = 0; tries < TRIES; tries += 1) {
      try {
        return await this.repository.dropOldest(scope, table, days);
      } catch (error) {
        if (sqlState(error) !== LOCK_NOT_AVAILABLE) throw error;
        await wait(AGAIN_MS);
      }
    }
    this.logger.warn({ table }, 'an old week of webhooks cannot be dropped: somebody reads it');
    return 'busy';
  }

  /** What is dropped with its week and was never sent. */
  private async tellOfOpen(scope: PlatformScope, before: Date): Promise<void> {
    for (const { status, n } of await this.repository.stillOpen(scope, firstIdOf(before))) {
      this.logger.warn({ status, deliveries: n }, 'webhook deliveries end with their week');
      this.metrics.count('webhook_expired_total', { status }, n);
    }
  }
}

const weekOf = (at: Date): Date => new Date(Math.floor((at.getTime() - FIRST_MONDAY_MS) / WEEK_MS) * WEEK_MS + FIRST_MONDAY_MS);

export const retain = defineSchedule({
  name: 'webhooks.retain',
  cron: '40 3 * * *',
  lease_ms: 600_000,
  run: (run, services) => services.get(Retention).run(run),
});
