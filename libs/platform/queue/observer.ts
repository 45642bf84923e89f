/** Metrics that queues, outbox, schedules and streams report. Labels come from closed lists: queue and schedule names, outcomes. */
export type WorkCounter =
  | 'queue_alarm_dropped_total'
  | 'queue_jobs_total'
  | 'queue_lease_lost_total'
  | 'webhook_outbox_relayed_total'
  | 'webhook_outbox_parked_total'
  | 'event_tasks_total'
  | 'schedule_runs_total'
  | 'stream_dropped_total';
export type WorkGauge =
  'webhook_outbox_lag_seconds' | 'webhook_outbox_parked' | 'stream_connections' | 'cron_last_success_timestamp_seconds';
export type WorkTimer = 'queue_job_duration_seconds' | 'schedule_duration_seconds';
export type Labels = Readonly<Record<string, string>>;
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * What libs/platform/metrics and libs/platform/logging hang on background work. Abstract, so it is its own injection token; every method
 * is called on hot paths and must neither block nor throw.
 */
export abstract class WorkObserver {
  abstract count(counter: WorkCounter, labels?: Labels, by?: number): void;
  abstract gauge(gauge: WorkGauge, value: number, labels?: Labels): void;
  abstract time(timer: WorkTimer, seconds: number, labels?: Labels): void;
  abstract log(level: 'debug' | 'info' | 'warn' | 'error', fields: LogFields, message: string): void;
}
