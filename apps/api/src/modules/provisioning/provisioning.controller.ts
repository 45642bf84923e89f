import { Controller, Get, Post } from '@nestjs/common';
import type { PlatformScope } from '#platform/db/index.js';
import { Answers, Audited, Id, In, Machine, Ops, Scope, Search, type ListOfQuery } from '#platform/http/index.js';
import { CancelIn, JOB_LIST, ProvisioningJobDetail, ProvisioningJobOut, RetryIn, TickOut, WorkerOut } from './provisioning.dto.js';
import { Provisioning } from './provisioning.service.js';

@Controller('ops/provisioning/jobs')
export class ProvisioningJobsController {
  constructor(private readonly provisioning: Provisioning) {}

  @Get()
  @Ops('platform:jobs')
  @Answers(200, [ProvisioningJobOut])
  list(@Scope() scope: PlatformScope, @Search(JOB_LIST) list: ListOfQuery<typeof JOB_LIST>) {
    return this.provisioning.list(scope, list);
  }

  @Get(':provisioning_job_id')
  @Ops('platform:jobs')
  @Answers(200, ProvisioningJobDetail)
  get(@Scope() scope: PlatformScope, @Id('provisioning_job_id') id: string) {
    return this.provisioning.get(scope, id);
  }

  @Post(':provisioning_job_id/retry')
  @Ops('platform:jobs')
  @Audited('ops.provisioning_retry')
  @Answers(202, ProvisioningJobDetail, 'job_not_retryable', 'reason_required')
  retry(@Scope() scope: PlatformScope, @Id('provisioning_job_id') id: string, @In({ optional: true }) body: RetryIn) {
    return this.provisioning.retry(scope, id, body);
  }

  @Post(':provisioning_job_id/cancel')
  @Ops('platform:jobs')
  @Audited('ops.provisioning_cancel')
  @Answers(202, ProvisioningJobDetail, 'job_not_cancellable', 'reason_required')
  cancel(@Scope() scope: PlatformScope, @Id('provisioning_job_id') id: string, @In() body: CancelIn) {
    return this.provisioning.cancel(scope, id, body);
  }
}

@Controller('provisioning/worker')
export class ProvisioningWorkerController {
  constructor(private readonly provisioning: Provisioning) {}

  @Get()
  @Machine('cron')
  @Answers(200, WorkerOut)
  status(@Scope() scope: PlatformScope) {
    return this.provisioning.worker(scope);
  }

  @Post()
  @Machine('cron')
  @Audited({ none: 'a tick of the worker: each job audits what it does' })
  @Answers(200, TickOut)
  tick(@Scope() scope: PlatformScope) {
    return this.provisioning.tick(scope);
  }
}
