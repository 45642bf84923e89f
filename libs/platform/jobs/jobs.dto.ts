import { AnyObject, Flag, Instant, Int, JsonObject, ListOf, Nested, OneOf, Text, Uuid } from '../http/index.js';
import { JOB_STATES, type KnownJob } from './job-view.js';

export class LongWorkStepOut {
  @Text() key: string;
  @Text() state: string;
  @Instant({ nullable: true }) started_at: string | null;
  @Instant({ nullable: true }) finished_at: string | null;
}
export class LongWorkErrorOut {
  @Text() code: string;
  @Text({ max: 2_000 }) message: string;
}
export class LongWorkOut {
  @Uuid() job_id: string;
  @Text({ description: 'module and what it does: webhooks.replay' }) kind: string;
  @OneOf(JOB_STATES) state: string;
  @ListOf({ dto: () => LongWorkStepOut }) steps: LongWorkStepOut[];
  @Int() done: number;
  @Int({ nullable: true, description: 'null: nobody has counted' }) total: number | null;
  @JsonObject({ nullable: true, description: 'once it has ended: url of what it made, counts' }) result: AnyObject | null;
  @Nested(() => LongWorkErrorOut, { nullable: true }) error: LongWorkErrorOut | null;
  @Flag() cancellable: boolean;
  @Instant() created_at: string;
  @Instant({ nullable: true }) finished_at: string | null;
}

export function longWorkOut(job: KnownJob): LongWorkOut {
  return {
    job_id: job.job_id,
    kind: job.kind,
    state: job.state,
    steps: job.steps.map(({ key, state, started_at, finished_at }) => ({ key, state, started_at, finished_at })),
    done: job.done,
    total: job.total,
    result: job.result && { ...job.result },
    error: job.error && { code: job.error.code, message: job.error.message },
    cancellable: job.cancellable,
    created_at: job.created_at.toISOString(),
    finished_at: job.finished_at?.toISOString() ?? null,
  };
}
