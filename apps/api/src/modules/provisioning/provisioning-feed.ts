import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Logger } from '#platform/logging/index.js';
import { PlatformDb } from '#platform/db/index.js';
import { platformScope } from '#platform/queue/index.js';
import { StreamHub, StreamTopics } from '#platform/stream/index.js';
import { provisioningRows } from './provisioning.repository.js';

/** Tells whoever watches a job that it moved: where it stands, no names. The watcher may drop it and read the job instead. */
@Injectable()
export class ProvisioningFeed implements OnModuleInit {
  constructor(
    private readonly hub: StreamHub,
    private readonly topics: StreamTopics,
    private readonly db: PlatformDb,
    private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    this.topics.register('provisioning', (caller, id) => caller.kind === 'staff' && id !== null);
  }

  /** After the commit of what changed; nobody waits for it. */
  changed(provisioning_job_id: string): void {
    this.publish(provisioning_job_id).catch((error: unknown) =>
      this.logger.warn({ err: error, provisioning_job_id }, 'progress could not be told'),
    );
  }

  private async publish(id: string): Promise<void> {
    const scope = platformScope('provisioning.feed');
    const [job] = await this.db.query<{ state: string; step_key: string | null }>(scope, provisioningRows.stateOf, [id]);
    if (!job) return;
    const steps = await provisioningRows.steps({ query: (statement, params) => this.db.query(scope, statement, params) }, id);
    const data = {
      topic: `provisioning:${id}`,
      provisioning_job_id: id,
      state: job.state,
      step_key: job.step_key,
      steps: steps.map(({ step_key, state, attempts }) => ({ step_key, state, attempts })),
    };
    this.hub.publish({ topic: `provisioning:${id}`, tenant_id: null, event: 'provisioning.step', data });
  }
}
