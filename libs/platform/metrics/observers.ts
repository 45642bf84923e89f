import type { DbObserver } from '../db/index.js';
import { countDbTrip, type Logger, logSlowQuery } from '../logging/index.js';
import type { Labels, LogFields, WorkCounter, WorkGauge, WorkObserver, WorkTimer } from '../queue/index.js';
import type { Metrics } from './metrics.js';

/** What a pool reports, as metrics and slow-query lines. */
export function dbObserver(metrics: Metrics, logger: Logger, pool: 'app' | 'platform'): DbObserver {
  return {
    query: (sql, seconds) => metrics.query(sql.operation, sql.table, seconds),
    slow: (sql, ms) => logSlowQuery(logger, sql.id, ms),
    sync: countDbTrip,
    repeated: () => metrics.count('db_repeated_total', { pool }),
    destroyed: () => metrics.count('db_client_destroyed_total', { pool }),
  };
}

/** What queues, schedules, relay and streams report. Provide it as `WorkObserver`. A name that the table lacks does not compile. */
export class WorkMetrics implements WorkObserver {
  constructor(
    private readonly metrics: Metrics,
    private readonly logger: Logger,
  ) {}

  count(counter: WorkCounter, labels: Labels = {}, by = 1): void {
    this.metrics.loosely(counter, labels, by);
  }
  gauge(gauge: WorkGauge, value: number, labels: Labels = {}): void {
    this.metrics.loosely(gauge, labels, value);
  }
  time(timer: WorkTimer, seconds: number, labels: Labels = {}): void {
    this.metrics.loosely(timer, labels, seconds);
  }
  log(level: 'debug' | 'info' | 'warn' | 'error', fields: LogFields, message: string): void {
    this.logger[level](fields, message);
  }
}
