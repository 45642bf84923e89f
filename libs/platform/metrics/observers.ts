import type { DbObserver } from '../db/index.js';
import { countDbTrip, type Logger, logSlowQuery } from '../logging/index.js';
import type { LogFields, WorkObserver } from '../queue/index.js';
import type { Metrics } from './metrics.js';
import type { CounterName, GaugeName, HistogramName } from './table.js';

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

/** What queues, schedules, relay and streams report. Provide it as `WorkObserver`. */
export class WorkMetrics implements WorkObserver {
  constructor(
    private readonly metrics: Metrics,
    private readonly logger: Logger,
  ) {}

  count(counter: Parameters<WorkObserver['count']>[0] & CounterName, labels: Readonly<Record<string, string>> = {}, by = 1): void {
    this.metrics.loosely(counter, labels, by);
  }
  gauge(gauge: Parameters<WorkObserver['gauge']>[0] & GaugeName, value: number, labels: Readonly<Record<string, string>> = {}): void {
    this.metrics.loosely(gauge, labels, value);
  }
  time(timer: Parameters<WorkObserver['time']>[0] & HistogramName, seconds: number, labels: Readonly<Record<string, string>> = {}): void {
    this.metrics.loosely(timer, labels, seconds);
  }
  log(level: 'debug' | 'info' | 'warn' | 'error', fields: LogFields, message: string): void {
    this.logger[level](fields, message);
  }
}
