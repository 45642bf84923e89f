import { Controller, Get, Post } from '@nestjs/common';
import type { AuthzContext } from '#platform/auth/index.js';
import type { TenantScope } from '#platform/db/index.js';
import {
  Answers,
  Audited,
  Authz,
  Id,
  In,
  OrAnswers,
  Requires,
  Scope,
  Search,
  Status,
  type ListOfQuery,
  type SetStatus,
} from '#platform/http/index.js';
import { BulkJobs } from './bulk-jobs.js';
import { BulkJobOut, CountOut, JOB_LIST, DlqPurgeIn, RecoverIn, ReplayIn } from './bulk.dto.js';

@Controller('webhooks')
export class WebhookJobsController {
  constructor(private readonly jobs: BulkJobs) {}

  @Get('jobs/:webhook_job_id')
  @Requires('webhooks:read')
  @Answers(200, BulkJobOut)
  get(@Scope() scope: TenantScope, @Id('webhook_job_id') webhook_job_id: string) {
    return this.jobs.get(scope, webhook_job_id);
  }

  @Post('jobs/:webhook_job_id/cancel')
  @Requires('webhooks:write')
  @Audited('webhook.job_cancelled')
  @Answers(200, BulkJobOut, 'job_finished')
  cancel(@Scope() scope: TenantScope, @Id('webhook_job_id') webhook_job_id: string) {
    return this.jobs.cancel(scope, webhook_job_id);
  }

  @Get(':webhook_id/jobs')
  @Requires('webhooks:read')
  @Answers(200, [BulkJobOut])
  list(@Scope() scope: TenantScope, @Id('webhook_id') webhook_id: string, @Search(JOB_LIST) list: ListOfQuery<typeof JOB_LIST>) {
    return this.jobs.list(scope, webhook_id, list);
  }

  @Post(':webhook_id/dlq/replay')
  @Requires('webhooks:write')
  @Audited('webhook.replayed')
  @Answers(202, BulkJobOut, 'job_running', 'webhook_not_active')
  @OrAnswers(200, CountOut)
  replay(
    @Scope() scope: TenantScope,
    @Authz() authz: AuthzContext,
    @Id('webhook_id') webhook_id: string,
    @In({ optional: true }) body: ReplayIn,
    @Status() setStatus: SetStatus,
  ) {
    if (body.dry_run) setStatus(200);
    return this.jobs.replay(scope, authz.principal, webhook_id, body);
  }

  @Post(':webhook_id/dlq/purge')
  @Requires('webhooks:delete')
  @Audited('webhook.purged')
  @Answers(202, BulkJobOut, 'job_running', 'reason_required')
  @OrAnswers(200, CountOut)
  purge(
    @Scope() scope: TenantScope,
    @Authz() authz: AuthzContext,
    @Id('webhook_id') webhook_id: string,
    @In() body: DlqPurgeIn,
    @Status() setStatus: SetStatus,
  ) {
    if (body.dry_run) setStatus(200);
    return this.jobs.purge(scope, authz.principal, webhook_id, body);
  }

  @Post(':webhook_id/recover')
  @Requires('webhooks:write')
  @Audited('webhook.recovered')
  @Answers(202, BulkJobOut, 'job_running', 'webhook_not_active')
  @OrAnswers(200, CountOut)
  recover(
    @Scope() scope: TenantScope,
    @Authz() authz: AuthzContext,
    @Id('webhook_id') webhook_id: string,
    @In() body: RecoverIn,
    @Status() setStatus: SetStatus,
  ) {
    if (body.dry_run) setStatus(200);
    return this.jobs.recover(scope, authz.principal, webhook_id, body);
  }
}
