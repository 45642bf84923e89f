import { Injectable } from '@nestjs/common';
import { setTimeout as wait } from 'node:timers/promises';
import { Config } from '#platform/config/index.js';
import { sqlState, type PlatformScope } from '#platform/db/index.js';
import { Logger } from '#platform/logging/index.js';
import { Metrics } from '#platform/metrics/index.js';
import { defineSchedule, platformScope, type ScheduleResult, type ScheduleRun } from '#platform/queue/index.js';
import { KEPT_BY_WEEK, RetentionRepository, type KeptByWeek } from './retention.repository.js';
import { NotArchived, WeekArchive } from './week-archive.js';

const LOCK_NOT_AVAILABLE = '55P03';
const TRIES = 20;
const AGAIN_MS = 500;

/** Keeps `WEBHOOK_RETENTION_DAYS` of events, deliveries and attempts, by whole weeks. */
@Injectable()
export class Retention {
  readonly #scope = platformScope('webhooks.retain');

  constructor(
    private readonly repository: RetentionRepository,
    private readonly archive: WeekArchive,
    private readonly config: Config,
    private readonly metrics: Metrics,
    private readonly logger: Logger,
  ) {
    metrics.beforeScrape(() => this.gauges());
  }

  async run({ scope, signal }: ScheduleRun): Promise<ScheduleResult> {
    const total = { processed: 0, failed: 0 };
    await this.giveRowsTheirPeriod(scope, signal, total);
    await this.makeAhead(scope, signal, total);
    for (const table of KEPT_BY_WEEK) {
      while (!signal.aborted && (await this.dropOldest(scope, signal, table, total)));
      if (signal.aborted) return { ...total, remaining: 1 };
    }
    return { ...total, remaining: 0 };
  }

  private async makeAhead(scope: PlatformScope, signal: AbortSignal, total: Total): Promise<void> {
    for (;;) {
      const made = await this.patiently(signal, () => this.repository.makeAhead(scope));
      if (made === 'busy') this.missed(total, {}, 'partitions cannot be made ahead: somebody holds a table');
      if (made === 'busy' || made === 0) return;
      total.processed += made;
    }
  }

  /** A partition was not made in time: what was written meanwhile lies in the default one. */
  private async giveRowsTheirPeriod(scope: PlatformScope, signal: AbortSignal, total: Total): Promise<void> {
    for (const { table_name: table, n } of await this.repository.withoutPeriod(scope)) {
      if (n === 0) continue;
      this.logger.error({ table, rows: n }, 'rows lie in the default partition: their period was missing');
      for (;;) {
        const period = await this.patiently(signal, () => this.repository.adopt(scope, table));
        if (period === 'busy') this.missed(total, { table }, 'a default partition cannot be given a period: somebody holds the table');
        if (period === null || period === 'busy') break;
        this.logger.warn({ table, period }, 'a default partition has become that of its period');
        total.processed += 1;
      }
    }
  }

  /** @returns whether there may be another one */
  private async dropOldest(scope: PlatformScope, signal: AbortSignal, table: KeptByWeek, total: Total): Promise<boolean> {
    const { webhook_retention_days: days } = this.config;
    const week = await this.repository.oldestExpired(scope, table, days);
    if (week === null) return false;
    if (this.config.webhook_archive === 'on' && !(await this.isArchived(scope, signal, table, week, total))) return false;
    const open = table === 'webhook_deliveries' ? await this.repository.stillOpen(scope, week) : [];
    for (const { status, n } of open) this.logger.warn({ week, status, deliveries: n }, 'webhook deliveries end with their week');
    if ((await this.patiently(signal, () => this.repository.drop(scope, table, days, week))) === 'busy') {
      this.missed(total, { week }, 'an old week of webhooks cannot be dropped: somebody reads it');
      return false;
    }
    for (const { status, n } of open) this.metrics.count('webhook_expired_total', { status }, n);
    this.logger.info({ week }, 'a week of webhooks is no longer kept');
    total.processed += 1;
    return true;
  }

  /** A week without a verified copy is kept, however old; the next run tries again. */
  private async isArchived(scope: PlatformScope, signal: AbortSignal, table: KeptByWeek, week: string, total: Total): Promise<boolean> {
    try {
      const { rows, bytes } = await this.archive.keep(scope, table, week, signal);
      this.metrics.count('webhook_archive_total', { outcome: 'done' });
      this.logger.info({ week, rows, bytes }, 'a week of webhooks is archived');
      return true;
    } catch (error) {
      if (sqlState(error) !== null) throw error;
      const outcome = error instanceof NotArchived ? error.outcome : 'failed';
      this.metrics.count('webhook_archive_total', { outcome });
      if (outcome === 'interrupted') return false;
      this.logger.error({ week, outcome, err: error }, 'a week of webhooks cannot be archived, so it is kept');
      total.failed += 1;
      return false;
    }
  }

  /** A change of partitions waits for others at most 200 ms, because everybody else would wait behind it; so it comes again. */
  private async patiently<T>(signal: AbortSignal, change: () => Promise<T>): Promise<T | 'busy'> {
    for (let tries = 0; tries < TRIES && !signal.aborted; tries += 1) {
      try {
        return await change();
      } catch (error) {
        if (sqlState(error) !== LOCK_NOT_AVAILABLE) throw error;
        await wait(AGAIN_MS, undefined, { signal }).catch(() => undefined);
      }
    }
    return 'busy';
  }

  private missed(total: Total, fields: Readonly<Record<string, string>>, message: string): void {
    total.failed += 1;
    this.logger.warn(fields, message);
  }

  private async gauges(): Promise<void> {
    for (const { table_name: table, n } of await this.repository.withoutPeriod(this.#scope))
      this.metrics.set('partition_default_rows', { table }, n);
  }
}

interface Total {
  processed: number;
  failed: number;
}

/** Hourly: a missing partition is noticed soon, and a week that somebody was reading is tried again. */
export const retain = defineSchedule({
  name: 'webhooks.retain',
  cron: '40 * * * *',
  lease_ms: 600_000,
  run: (run, services) => services.get(Retention).run(run),
});
