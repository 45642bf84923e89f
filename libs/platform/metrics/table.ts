/**
 * Every metric of the product. A metric that is not here does not exist, and its labels are these: each takes its values from a closed
 * list in the code, `tenant_id` through BoundedLabel only and never on a histogram. Names of the seeds are kept word for word, three of
 * them against the naming rule (`tenant_request_rate` is a counter).
 */
export interface MetricEntry {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  readonly buckets?: readonly number[];
}

const HTTP_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 2.5, 5, 10] as const;
const DB_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5] as const;
/** Rows, up to the most that a statement takes. */
const FLUSH_BUCKETS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512] as const;
const WORK_BUCKETS = [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 900] as const;

export const METRICS = {
  http_request_duration_seconds: {
    type: 'histogram',
    labels: ['method', 'route', 'status_code'],
    buckets: HTTP_BUCKETS,
    help: 'From the first byte of a request to the last of its answer; route is the template.',
  },
  db_query_duration_seconds: {
    type: 'histogram',
    labels: ['operation', 'table'],
    buckets: DB_BUCKETS,
    help: 'One statement, without the wait for a connection.',
  },
  rbac_denied_total: { type: 'counter', labels: ['permission', 'resource', 'action'], help: 'Requests refused for want of a permission.' },
  rbac_audit_dropped_total: { type: 'counter', labels: [], help: 'Decisions that were not written because the buffer was full.' },
  tenant_request_rate: {
    type: 'counter',
    labels: ['tenant_id'],
    help: 'Authenticated requests of a tenant; the busiest 200 by name, the rest as other.',
  },

  queue_jobs: { type: 'gauge', labels: ['queue', 'state'], help: 'Alarms in a queue by state.' },
  queue_oldest_job_seconds: { type: 'gauge', labels: ['queue'], help: 'Age of the oldest job that is due and waits.' },
  queue_jobs_total: { type: 'counter', labels: ['queue', 'outcome'], help: 'Jobs that ran, by how they ended.' },
  queue_job_duration_seconds: { type: 'histogram', labels: ['queue'], buckets: WORK_BUCKETS, help: 'From claim to outcome of a job.' },
  queue_alarm_dropped_total: { type: 'counter', labels: ['queue'], help: 'Alarms the broker did not take; the reaper arms them again.' },
  queue_lease_lost_total: { type: 'counter', labels: ['queue'], help: 'Jobs whose row another worker took over.' },
  schedule_runs_total: { type: 'counter', labels: ['schedule', 'outcome'], help: 'Runs of a schedule.' },
  schedule_duration_seconds: { type: 'histogram', labels: ['schedule'], buckets: WORK_BUCKETS, help: 'How long a run of a schedule took.' },
  cron_last_success_timestamp_seconds: { type: 'gauge', labels: ['job'], help: 'When a schedule last ended well.' },
  webhook_outbox_lag_seconds: { type: 'gauge', labels: [], help: 'Age of the oldest event that was not relayed.' },
  webhook_outbox_parked: { type: 'gauge', labels: [], help: 'Events that cannot be relayed and wait for a person.' },
  webhook_outbox_relayed_total: { type: 'counter', labels: [], help: 'Events that were relayed.' },
  webhook_outbox_parked_total: { type: 'counter', labels: [], help: 'Events that were put aside.' },
  webhook_deliveries_total: {
    type: 'counter',
    labels: ['event', 'status'],
    help: 'Webhook deliveries that have ended, once each: success or dlq.',
  },
  webhook_attempts_total: { type: 'counter', labels: ['outcome'], help: 'Sends of webhooks, by what came of them.' },
  webhook_attempt_duration_seconds: {
    type: 'histogram',
    labels: [],
    buckets: HTTP_BUCKETS,
    help: 'One send, from name look-up to the answer.',
  },
  webhook_e2e_latency_seconds: {
    type: 'histogram',
    labels: [],
    buckets: WORK_BUCKETS,
    help: 'From the event to its first success at an endpoint.',
  },
  webhook_backlog: { type: 'gauge', labels: ['pool'], help: 'Deliveries that are due and wait.' },
  webhook_oldest_pending_seconds: { type: 'gauge', labels: ['pool'], help: 'How long the oldest due delivery has waited.' },
  webhook_lanes: { type: 'gauge', labels: ['state'], help: 'Endpoints by state of their lane.' },
  webhook_pool_in_use: { type: 'gauge', labels: ['pool'], help: 'Sends under way in this process.' },
  webhook_claim_seconds: { type: 'histogram', labels: [], buckets: DB_BUCKETS, help: 'One claim of work.' },
  webhook_flush_size: {
    type: 'histogram',
    labels: [],
    buckets: FLUSH_BUCKETS,
    help: 'Results that one statement has written.',
  },
  webhook_lease_expired_total: { type: 'counter', labels: [], help: 'Deliveries whose worker was lost.' },
  webhook_late_result_total: { type: 'counter', labels: [], help: 'Results that came after their lease and changed nothing.' },
  webhook_lane_repaired_total: { type: 'counter', labels: [], help: 'Lanes that slept over work: a defect of ours.' },
  webhook_alarm_dropped_total: {
    type: 'counter',
    labels: [],
    help: 'Alarms of retries that had no room; the retries are up to a second late.',
  },
  webhook_ssrf_blocked_total: { type: 'counter', labels: [], help: 'Destinations that were refused.' },
  webhook_endpoints_disabled_total: { type: 'counter', labels: ['reason'], help: 'Endpoints that were disabled.' },
  webhook_expired_total: { type: 'counter', labels: ['status'], help: 'Deliveries still open when their week was dropped.' },
  webhook_archive_total: { type: 'counter', labels: ['outcome'], help: 'Weeks that were archived, or were not and so were kept.' },
  partition_default_rows: {
    type: 'gauge',
    labels: ['table'],
    help: 'Rows that found no partition of their time, counted up to 1,000: partitions are not made ahead.',
  },
  webhook_clock_skew_seconds: { type: 'gauge', labels: [], help: 'Clock of this host against that of the database.' },
  event_tasks_total: { type: 'counter', labels: ['subscriber', 'outcome'], help: 'Events handled by subscribers.' },
  stream_connections: { type: 'gauge', labels: [], help: 'Open event streams.' },
  stream_dropped_total: { type: 'counter', labels: ['reason'], help: 'Streams closed because the reader was too slow or a buffer full.' },

  db_pool_size: { type: 'gauge', labels: ['pool'], help: 'Open connections.' },
  db_pool_in_use: { type: 'gauge', labels: ['pool'], help: 'Connections that are lent.' },
  db_pool_waiting_requests: { type: 'gauge', labels: ['pool'], help: 'Callers that wait for a connection.' },
  db_named_statements: { type: 'gauge', labels: [], help: 'Prepared statements over all connections; about 55 kB each on the server.' },
  db_rls_violation_total: { type: 'counter', labels: [], help: 'Writes that row-level security refused: a defect of ours.' },
  db_client_destroyed_total: { type: 'counter', labels: ['pool'], help: 'Connections closed because they came back with work left open.' },
  db_repeated_total: {
    type: 'counter',
    labels: ['pool'],
    help: 'Statements or transactions that ran again: deadlock, serialization, lost statement, stale rights.',
  },

  rate_limited_total: { type: 'counter', labels: ['scope'], help: 'Requests refused by a rate limit.' },
  login_attempts_total: { type: 'counter', labels: ['result'], help: 'Sign-ins by result.' },
  audit_events_total: { type: 'counter', labels: ['action_group', 'outcome'], help: 'Audit rows that were committed.' },
  csp_reports_total: { type: 'counter', labels: ['directive'], help: 'Reports of browsers about the content security policy.' },
  mail_messages_total: { type: 'counter', labels: ['result'], help: 'Attempts to hand a mail over, by result.' },
  storage_operation_duration_seconds: {
    type: 'histogram',
    labels: ['driver', 'operation', 'result'],
    buckets: DB_BUCKETS,
    help: 'One call of the file storage.',
  },

  provisioning_job_age_seconds: { type: 'gauge', labels: [], help: 'Age of the oldest provisioning job that has not ended.' },
  provisioning_step_duration_seconds: {
    type: 'histogram',
    labels: ['step'],
    buckets: WORK_BUCKETS,
    help: 'How long a provisioning step took.',
  },
  provisioning_stuck_total: { type: 'counter', labels: [], help: 'Provisioning jobs found stuck.' },

  usage_counter_drift_units: {
    type: 'gauge',
    labels: ['limit'],
    help: 'By how many units counters of limits were wrong at the last recount, over all tenants.',
  },
  usage_counter_repairs_total: { type: 'counter', labels: ['limit'], help: 'Counters of limits that were wrong and have been repaired.' },

  log_lines_dropped_total: { type: 'counter', labels: [], help: 'Log lines lost because the reader was gone or too slow.' },
  build_info: { type: 'gauge', labels: ['version', 'commit'], help: 'Always 1.' },
} as const satisfies Record<string, MetricEntry>;

type Table = typeof METRICS;
export type MetricName = keyof Table;
type OfType<T extends MetricEntry['type']> = { [N in MetricName]: Table[N]['type'] extends T ? N : never }[MetricName];
export type CounterName = OfType<'counter'>;
export type GaugeName = OfType<'gauge'>;
export type HistogramName = OfType<'histogram'>;
/** The labels of a metric, all of them. */
export type LabelsOf<N extends MetricName> = Readonly<Record<Table[N]['labels'][number], string>>;
