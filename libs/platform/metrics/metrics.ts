import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import { isPermission, PLATFORM_PERMISSIONS, type Permission, type PlatformPermission } from '#contracts/permissions.js';
import { BoundedLabel, OTHER } from './bounded-label.js';
import {
  METRICS,
  type CounterName,
  type GaugeName,
  type HistogramName,
  type LabelsOf,
  type MetricEntry,
  type MetricName,
} from './table.js';

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
const DIRECTIVES: ReadonlySet<string> = new Set([
  'default-src', 'script-src', 'script-src-elem', 'script-src-attr', 'style-src', 'style-src-elem', 'style-src-attr', 'img-src', 'font-src',
  'connect-src', 'media-src', 'object-src', 'frame-src', 'child-src', 'worker-src', 'manifest-src', 'base-uri', 'form-action', 'frame-ancestors',
]); // prettier-ignore
const UNMATCHED = '__unmatched__';
const SCRAPE_HOOK_MS = 1_000;
const LABEL_MAX = 120;

export interface MetricsOptions {
  readonly version?: string;
  readonly commit?: string;
  /** Metrics of Node and of the process. One registry a process may have them: they hang on its event loop. */
  readonly defaults?: boolean;
  readonly now?: () => number;
}

/** What a pool tells; `PoolGauges` of libs/platform/db. */
export interface WatchedPool {
  readonly total: number;
  readonly idle: number;
  readonly waiting: number;
  readonly named_statements: number;
}

/** The metrics of one application: an own registry, so that two in one process do not meet. Nothing here throws at its caller. */
export class Metrics {
  readonly registry = new Registry();
  private readonly counters = new Map<MetricName, Counter>();
  private readonly gauges = new Map<MetricName, Gauge>();
  private readonly histograms = new Map<MetricName, Histogram>();
  private readonly tenants: BoundedLabel;
  private readonly hooks: (() => void | Promise<void>)[] = [];

  constructor(options: MetricsOptions = {}) {
    for (const [name, entry] of Object.entries(METRICS) as [MetricName, MetricEntry][]) this.register(name, entry);
    if (options.defaults) collectDefaultMetrics({ register: this.registry });
    this.tenants = new BoundedLabel({
      now: options.now ?? Date.now,
      evicted: (tenant_id) => this.counters.get('tenant_request_rate')?.remove({ tenant_id }),
    });
    this.set('build_info', { version: options.version ?? 'dev', commit: options.commit ?? 'unknown' }, 1);
  }

  count<N extends CounterName>(name: N, labels: LabelsOf<N>, by = 1): void {
    if (by > 0) this.counters.get(name)?.inc(labels, by);
  }
  set<N extends GaugeName>(name: N, labels: LabelsOf<N>, value: number): void {
    this.gauges.get(name)?.set(labels, value);
  }
  observe<N extends HistogramName>(name: N, labels: LabelsOf<N>, value: number): void {
    this.histograms.get(name)?.observe(labels, value);
  }

  /** @param route the template; undefined when no route matched */
  httpRequest(method: string, route: string | undefined, status: number, seconds: number): void {
    this.observe(
      'http_request_duration_seconds',
      { method: METHODS.has(method) ? method : OTHER, route: route ?? UNMATCHED, status_code: String(status) },
      seconds,
    );
  }

  /** Called after the credential was verified; null when it was not: a stranger must not make series. */
  tenantRequest(tenant_id: string | null): void {
    this.count('tenant_request_rate', { tenant_id: tenant_id === null ? 'invalid' : this.tenants.of(tenant_id) });
  }

  /** The tenant was deleted. */
  forgetTenant(tenant_id: string): void {
    this.tenants.forget(tenant_id);
  }

  rbacDenied(permission: Permission | PlatformPermission): void {
    const known = isPermission(permission) || (PLATFORM_PERMISSIONS as readonly string[]).includes(permission);
    const [resource = OTHER, action = OTHER] = known ? permission.split(':') : [];
    this.count('rbac_denied_total', { permission: known ? permission : OTHER, resource, action });
  }
  rbacAuditDropped(by = 1): void {
    this.count('rbac_audit_dropped_total', {}, by);
  }

  query(operation: string, table: string, seconds: number): void {
    this.observe('db_query_duration_seconds', { operation, table }, seconds);
  }
  rlsViolation(): void {
    this.count('db_rls_violation_total', {});
  }
  rateLimited(scope: string): void {
    this.count('rate_limited_total', { scope });
  }
  loginAttempt(result: string): void {
    this.count('login_attempts_total', { result });
  }
  auditEvent(action_group: string, outcome: string): void {
    this.count('audit_events_total', { action_group, outcome });
  }
  /** What a browser sends is no label: a directive that no standard has is `other`. */
  cspReport(directive: string): void {
    this.count('csp_reports_total', { directive: DIRECTIVES.has(directive) ? directive : OTHER });
  }
  mail(result: 'sent' | 'retried' | 'failed'): void {
    this.count('mail_messages_total', { result });
  }
  storage(driver: string, operation: string, result: 'ok' | 'failed', seconds: number): void {
    this.observe('storage_operation_duration_seconds', { driver, operation, result }, seconds);
  }
  provisioningStep(step: string, seconds: number): void {
    this.observe('provisioning_step_duration_seconds', { step }, seconds);
  }
  provisioningAge(seconds: number): void {
    this.set('provisioning_job_age_seconds', {}, seconds);
  }
  provisioningStuck(by = 1): void {
    this.count('provisioning_stuck_total', {}, by);
  }

  /** Runs before each scrape, at most a second; one that fails or is late leaves the last values. */
  beforeScrape(hook: () => void | Promise<void>): void {
    this.hooks.push(hook);
  }

  watchPool(pool: string, gauges: () => WatchedPool): void {
    this.pools.set(pool, gauges);
    if (this.pools.size === 1) this.beforeScrape(() => this.readPools());
  }

  watchLog(log: { readonly dropped: number }): void {
    let told = 0;
    this.beforeScrape(() => {
      const { dropped } = log;
      this.count('log_lines_dropped_total', {}, dropped - told);
      told = dropped;
    });
  }

  watchQueues(
    counts: () => Promise<readonly ({ readonly queue: string } & Readonly<Record<'waiting' | 'active' | 'delayed' | 'failed', number>>)[]>,
  ): void {
    this.beforeScrape(async () => {
      for (const { queue, ...states } of await counts()) {
        for (const state of ['waiting', 'active', 'delayed', 'failed'] as const) this.set('queue_jobs', { queue, state }, states[state]);
      }
    });
  }

  /** The text of a scrape. */
  async expose(): Promise<string> {
    await Promise.all(this.hooks.map((hook) => withinTime(hook)));
    return this.registry.metrics();
  }

  /** For callers that the compiler has not checked: labels that the table lacks are left out, missing ones are empty. */
  loosely(name: CounterName | GaugeName | HistogramName, labels: Readonly<Record<string, string>>, value: number): void {
    const own: Record<string, string> = {};
    for (const label of METRICS[name].labels) own[label] = String(labels[label] ?? '').slice(0, LABEL_MAX);
    if (METRICS[name].type === 'counter') this.counters.get(name)?.inc(own, Math.max(0, value));
    else if (METRICS[name].type === 'gauge') this.gauges.get(name)?.set(own, value);
    else this.histograms.get(name)?.observe(own, value);
  }

  private readonly pools = new Map<string, () => WatchedPool>();

  private readPools(): void {
    let named = 0;
    for (const [pool, gauges] of this.pools) {
      const { total, idle, waiting, named_statements } = gauges();
      this.set('db_pool_size', { pool }, total);
      this.set('db_pool_in_use', { pool }, total - idle);
      this.set('db_pool_waiting_requests', { pool }, waiting);
      named += named_statements;
    }
    this.set('db_named_statements', {}, named);
  }

  private register(name: MetricName, entry: MetricEntry): void {
    const terms = { name, help: entry.help, labelNames: [...entry.labels], registers: [this.registry] };
    if (entry.type === 'counter') this.counters.set(name, new Counter(terms));
    else if (entry.type === 'gauge') this.gauges.set(name, new Gauge(terms));
    else this.histograms.set(name, new Histogram({ ...terms, buckets: [...(entry.buckets ?? [])] }));
  }
}

async function withinTime(hook: () => void | Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, SCRAPE_HOOK_MS)));
  const work = Promise.resolve()
    .then(hook)
    .catch(() => undefined); // the gauge keeps its last value; its owner logs what is wrong with it
  await Promise.race([work, late]);
  clearTimeout(timer);
}
