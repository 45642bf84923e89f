import { Injectable, type OnModuleInit } from '@nestjs/common';
import { fail } from '#contracts/errors.js';
import type { Permission } from '#contracts/permissions.js';
import { TenantDb, type TenantScope } from '../db/index.js';
import { Registry } from '../modules/index.js';
import { StreamTopics, type TopicRule } from '../stream/index.js';
import type { JobView, KnownJob } from './job-view.js';
import { sharedJobs } from './jobs.repository.js';

/** Who asks for a job. */
export interface JobReader {
  readonly principal_id: string;
  may(permission: Permission): boolean;
}

/** All long work of a tenant under one address, whichever module does it. */
@Injectable()
export class LongWork implements OnModuleInit {
  private readonly views: readonly JobView[];

  constructor(
    registry: Registry,
    private readonly db: TenantDb,
    private readonly topics: StreamTopics,
  ) {
    this.views = [sharedJobs, ...registry.manifests.flatMap(({ hooks }) => hooks?.job_views ?? [])];
  }

  onModuleInit(): void {
    const sees: TopicRule = async (caller, id) =>
      caller.kind === 'tenant' && id !== null && (await this.find(caller.scope, caller, id)) !== null;
    this.topics.register('job', sees, { announced: true });
  }

  /** One answer for a job that is not there, is another tenant's, or is not the reader's to see. @throws Problem not_found */
  async get(scope: TenantScope, reader: JobReader, job_id: string): Promise<KnownJob> {
    const job = await this.find(scope, reader, job_id);
    if (!job) throw fail('not_found');
    return job;
  }

  private async find(scope: TenantScope, reader: JobReader, job_id: string): Promise<KnownJob | null> {
    const job = await this.db.run(scope, async (tx) => {
      for (const view of this.views) {
        const found = await view.find(tx, job_id);
        if (found) return found;
      }
      return null;
    });
    return job && mayRead(job, reader) ? job : null;
  }
}

const mayRead = ({ requested_by, permission }: KnownJob, reader: JobReader): boolean =>
  requested_by === reader.principal_id || (permission !== null && reader.may(permission));
