import { Injectable } from '@nestjs/common';
import { StreamAudience, StreamHub } from '../stream/index.js';
import { hasEnded, type KnownJob } from './job-view.js';
import { longWorkOut } from './jobs.dto.js';

/** A job tells of its progress at most so often; its end is told at once. */
const EVERY_MS = 250;
const REMEMBERED_MOST = 1_000;

/** Tells whoever watches a job how far it is: what GET /jobs/{job_id} answers. Costs nothing while nobody does. */
@Injectable()
export class JobFeed {
  readonly #told = new Map<string, number>();

  constructor(
    private readonly hub: StreamHub,
    private readonly audience: StreamAudience,
  ) {}

  /** After the commit of what changed; nobody waits for it. */
  changed(tenant_id: string, job: KnownJob): void {
    const topic = `job:${job.job_id}`;
    if (this.audience.isEmpty || !this.audience.topicsOf(tenant_id).has(topic)) return;
    const isEnd = hasEnded(job.state);
    if (!isEnd && !this.#isTime(job.job_id)) return;
    if (isEnd) this.#told.delete(job.job_id);
    this.hub.publish({ topic, tenant_id, event: isEnd ? 'job.finished' : 'job.progress', data: { ...longWorkOut(job) } });
  }

  #isTime(job_id: string): boolean {
    const now = performance.now();
    if (now - (this.#told.get(job_id) ?? -Infinity) < EVERY_MS) return false;
    if (this.#told.size >= REMEMBERED_MOST) this.#told.clear();
    this.#told.set(job_id, now);
    return true;
  }
}
