import { Flag, Instant, Int, listQuery, ListOf, Nested, OneOf, Text, Uuid } from '#platform/http/index.js';
import { JOB_STATES } from './provisioning.repository.js';

export class JobErrorOut {
  @Text() code: string;
  @Text() message: string;
}
export class ProvisioningStepOut {
  @Int() seq: number;
  @Text() step_key: string;
  @OneOf(['pending', 'running', 'done', 'skipped', 'failed', 'compensated']) state: string;
  @Int() attempts: number;
  @Instant({ nullable: true }) started_at: string | null;
  @Instant({ nullable: true }) finished_at: string | null;
  @Nested(() => JobErrorOut, { nullable: true }) error: JobErrorOut | null;
}
export class ProvisioningJobOut {
  @Uuid() provisioning_job_id: string;
  @Uuid() tenant_id: string;
  @Text({ nullable: true }) tenant_slug: string | null;
  @Text() kind: string;
  @OneOf(JOB_STATES) state: string;
  @Text({ nullable: true }) step_key: string | null;
  @Int() attempts: number;
  @Int() max_attempts: number;
  @Instant({ nullable: true }) lease_until: string | null;
  @Flag({ description: 'the lease is over and nobody gave it back' }) stuck: boolean;
  @Nested(() => JobErrorOut, { nullable: true }) error: JobErrorOut | null;
  @Text({ nullable: true }) requested_by: string | null;
  @Instant() created_at: string;
  @Instant({ nullable: true }) started_at: string | null;
  @Instant({ nullable: true }) finished_at: string | null;
}
export class ProvisioningJobDetail extends ProvisioningJobOut {
  @ListOf({ dto: () => ProvisioningStepOut }) steps: ProvisioningStepOut[];
}
export class RetryIn {
  @Text({ min: 0, max: 500, optional: true, description: 'at least 10 characters; needed of a person, and with force' }) reason?: string;
  @Flag({ optional: true, description: 'take the job from a worker that still holds it' }) force?: boolean;
}
export class CancelIn {
  @Text({ min: 0, max: 500, optional: true, description: 'needed: at least 10 characters' }) reason?: string;
}
export class WorkerOut {
  @OneOf(['ok', 'stuck']) status: string;
  @Int() pending_jobs: number;
  @Int() running_jobs: number;
  @Int() stuck_jobs: number;
  @Instant({ nullable: true }) oldest_pending_at: string | null;
}
export class TickOut {
  @Int() processed: number;
  @Int() succeeded: number;
  @Int() failed: number;
}
export const JOB_LIST = listQuery({
  status: { kind: 'one_of', values: JOB_STATES, fold: true, aliases: { pending: 'queued' } },
  tenant_id: { kind: 'uuid' },
  kind: { kind: 'one_of', values: ['tenant_create', 'apply_template', 'tenant_export', 'tenant_purge'], fold: true },
});
