import { Injectable } from '@nestjs/common';
import { uuidTime } from '#platform/crypto/index.js';
import { Logger } from '#platform/logging/index.js';
import { Metrics } from '#platform/metrics/index.js';
import { EndpointFates } from '../endpoints/endpoint-fates.js';
import type { SendOutcome } from '../sending/index.js';
import type { ClaimedDelivery, PoolName } from './claim.repository.js';
import type { Completed } from './completion.repository.js';
import type { LaneKey } from './fan-out.repository.js';
import { HealthDeltas } from './health-delta.js';
import { HealthRepository, type LaneMark } from './health.repository.js';
import { LanePace } from './lane-pace.js';

const HEALTH_MS = 1_000;
const LANE_WAIT_MOST_MS = 5 * 60_000;
/** Nobody listens there: such a lane takes one place of the slow pool until it answers again. */
const DEAD: ReadonlySet<string | null> = new Set(['timeout', 'connect_failed', 'dns_failed']);

/** What a send teaches about its endpoint and its lane, and who has to hear of it. Off the path of the deliveries. */
@Injectable()
export class Aftermath {
  readonly #health = new HealthDeltas();
  readonly #pace = new LanePace();
  #marks = new Map<string, LaneMark>();
  #marking: Promise<void> | null = null;
  #timer: NodeJS.Timeout | null = null;
  readonly #fates = new Set<Promise<void>>();
  /** A delivery of this lane is to be sent again after so many ms. */
  onRetry: (lane: LaneKey, due_in_ms: number) => void = () => undefined;

  constructor(
    private readonly repository: HealthRepository,
    private readonly fates: EndpointFates,
    private readonly metrics: Metrics,
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.#timer ??= setInterval(() => void this.flush(), HEALTH_MS);
  }

  /** Writes what is left. */
  async stop(): Promise<void> {
    if (this.#timer) clearInterval(this.#timer);
    this.#timer = null;
    await this.flush();
    await this.#marking;
    await Promise.all(this.#fates);
  }

  /** @param completed null: the lease was lost, so the delivery is somebody else's; what was learnt of the receiver still holds */
  of(claimed: ClaimedDelivery, pool: PoolName, outcome: SendOutcome, completed: Completed | null): void {
    const isSuccess = outcome.kind === 'success';
    this.metrics.count('webhook_attempts_total', { outcome: outcome.error_code ?? outcome.kind });
    this.metrics.observe('webhook_attempt_duration_seconds', {}, outcome.total_ms / 1_000);
    if (completed) this.ended(claimed, completed);
    if (claimed.trigger !== 'test') this.#health.add(claimed, isSuccess, new Date());
    this.#mark(markOf(claimed, pool, outcome, this.#pace));
    if (outcome.kind === 'gone' && completed) this.#follow(this.fates.disable(claimed, 'gone'));
  }

  acceptedNext(endpoint: LaneKey): void {
    this.#follow(this.fates.promote(endpoint, 'accepted'));
  }

  /** Writes the health of endpoints; what cannot be written is kept for the next time. */
  async flush(): Promise<void> {
    const deltas = this.#health.take();
    if (deltas.length === 0) return;
    try {
      for (const endpoint of await this.repository.health(deltas)) this.#follow(this.fates.failing(endpoint));
    } catch (error) {
      this.#health.giveBack(deltas);
      this.logger.warn({ err: error }, 'the health of webhooks cannot be written');
    }
  }

  /** What is counted of a delivery, also of one that was never sent: once, when it ends. */
  ended({ trigger, event_id }: ClaimedDelivery, completed: Completed): void {
    const { status, event_type: event, due_in_ms } = completed;
    if (status === 'success' || status === 'dlq') this.metrics.count('webhook_deliveries_total', { event, status });
    if (status === 'success' && trigger === 'auto')
      this.metrics.observe(
        'webhook_e2e_latency_seconds',
        {},
        Math.max(0, Date.now() - (uuidTime(event_id)?.getTime() ?? Date.now())) / 1_000,
      );
    if (due_in_ms !== null) this.onRetry(completed, due_in_ms);
  }

  #mark(mark: LaneMark | null): void {
    if (!mark) return;
    const key = `${mark.tenant_id} ${mark.webhook_id}`;
    this.#marks.set(key, { ...this.#marks.get(key), ...mark });
    this.#marking ??= this.#writeMarks().finally(() => {
      this.#marking = null;
    });
  }

  async #writeMarks(): Promise<void> {
    while (this.#marks.size) {
      const marks = [...this.#marks.values()];
      this.#marks = new Map();
      try {
        await this.repository.mark(marks);
      } catch (error) {
        this.logger.warn({ err: error, lanes: marks.length }, 'lanes of webhooks cannot be marked'); // the next send says it again
      }
    }
  }

  #follow(fate: Promise<void>): void {
    const followed: Promise<void> = fate
      .catch((error: unknown) => this.logger.error({ err: error }, 'the state of a webhook cannot be written'))
      .finally(() => this.#fates.delete(followed));
    this.#fates.add(followed);
  }
}

function markOf(claimed: ClaimedDelivery, pool: PoolName, outcome: SendOutcome, pace: LanePace): LaneMark | null {
  const { tenant_id, webhook_id, proven } = claimed;
  const lane = { tenant_id, webhook_id };
  if (outcome.kind === 'success' && !proven) return { ...lane, proven: true, slow: false };
  if (DEAD.has(outcome.error_code)) return proven || pool === 'fast' ? { ...lane, proven: false, slow: true } : null;
  if (outcome.retry_after_ms !== null && (outcome.http_status === 429 || outcome.http_status === 503))
    return { ...lane, wait_ms: Math.min(outcome.retry_after_ms, LANE_WAIT_MOST_MS) };
  if (outcome.http_status === null || !proven) return null;
  const move = pace.answered(`${tenant_id} ${webhook_id}`, outcome.total_ms);
  return move === null || move === pool ? null : { ...lane, slow: move === 'slow' };
}
