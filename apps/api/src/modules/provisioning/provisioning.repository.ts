import { sql, type Param, type Tx } from '#platform/db/index.js';
import type { KeptError } from '#platform/queue/index.js';

export const JOB_STATES = ['queued', 'running', 'waiting', 'compensating', 'succeeded', 'failed', 'cancelled'] as const;
export type JobState = (typeof JOB_STATES)[number];
export type StepState = 'pending' | 'running' | 'done' | 'skipped' | 'failed' | 'compensated';

export interface JobRow {
  readonly provisioning_job_id: string;
  readonly tenant_id: string;
  readonly tenant_slug: string | null;
  readonly kind: string;
  readonly state: JobState;
  readonly input: Readonly<Record<string, unknown>>;
  readonly attempts: number;
  readonly max_attempts: number;
  readonly step_key: string | null;
  readonly lease_owner: string | null;
  readonly lease_until: Date | null;
  readonly fence: string;
  readonly next_run_at: Date;
  readonly error: KeptError | null;
  readonly requested_by: string | null;
  readonly created_at: Date;
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
  readonly stuck: boolean;
}
export interface StepRow {
  readonly seq: number;
  readonly step_key: string;
  readonly state: StepState;
  readonly attempts: number;
  readonly started_at: Date | null;
  readonly finished_at: Date | null;
  readonly output: Readonly<Record<string, unknown>> | null;
  readonly error: KeptError | null;
}

// ---- the six statements of the queue -------------------------------------------------------------------------------------------------
export const jobStatements = {
  due: sql`
    select provisioning_job_id, attempts from provisioning_jobs
     where (state in ('queued', 'waiting') and next_run_at <= now()) or (state in ('running', 'compensating') and lease_until < now())
     order by next_run_at limit $1`,
  claim: sql`
    update provisioning_jobs
       set state = case when state = 'compensating' then state else 'running' end, lease_owner = $3, lease_until = now() + $2 * interval '1 millisecond',
           fence = fence + 1, attempts = attempts + 1, started_at = coalesce(started_at, now())
     where provisioning_job_id = (
       select provisioning_job_id from provisioning_jobs
        where provisioning_job_id = $1
          and ((state in ('queued', 'waiting') and next_run_at <= now()) or (state in ('running', 'compensating') and lease_until < now()))
          for update skip locked)
    returning provisioning_job_id, tenant_id, attempts, fence`,
  heartbeat: sql`
    update provisioning_jobs set lease_until = now() + $3 * interval '1 millisecond'
     where provisioning_job_id = $1 and fence = $2 and state in ('running', 'compensating') returning provisioning_job_id`,
  release: sql`
    update provisioning_jobs
       set state = case when state = 'compensating' then state else 'waiting' end, attempts = greatest(0, attempts - 1),
           next_run_at = now() + $3 * interval '1 millisecond', lease_until = now(), lease_owner = null
     where provisioning_job_id = $1 and fence = $2 and state in ('running', 'compensating') returning provisioning_job_id`,
  retry: sql`
    update provisioning_jobs
       set state = case when state = 'compensating' then state else 'waiting' end, next_run_at = now() + $3 * interval '1 millisecond',
           lease_until = now() + $3 * interval '1 millisecond', lease_owner = null, error = $4
     where provisioning_job_id = $1 and fence = $2 and state in ('running', 'compensating') returning provisioning_job_id`,
  fail: sql`
    update provisioning_jobs set state = 'failed', finished_at = now(), lease_until = null, lease_owner = null, error = $3
     where provisioning_job_id = $1 and fence = $2 and state in ('running', 'compensating') returning provisioning_job_id`,
};

// ---- the job's own statements; each checks the fence --------------------------------------------------------------------------------
const insertJob = sql`
  insert into provisioning_jobs (provisioning_job_id, tenant_id, kind, input, requested_by, step_key) values ($1, $2, $3, $4, $5, $6)`;
const insertSteps = sql`
  insert into provisioning_steps (provisioning_job_id, seq, step_key) select $1, ordinality, key from unnest($2::text[]) with ordinality as step (key, ordinality)`;
const holdFence = sql`
  select state from provisioning_jobs where provisioning_job_id = $1 and fence = $2 and state in ('running', 'compensating') for no key update`;
const beginStep = sql`
  update provisioning_steps s set state = 'running', attempts = s.attempts + 1, started_at = coalesce(s.started_at, now()), error = null
    from provisioning_jobs j
   where j.provisioning_job_id = $1 and j.fence = $2 and j.state = 'running' and s.provisioning_job_id = $1 and s.step_key = $3
  returning s.seq`;
const namesStep = sql`update provisioning_jobs set step_key = $3 where provisioning_job_id = $1 and fence = $2 and state = 'running'`;
const finishStep = sql`
  update provisioning_steps set state = $3, output = $4, error = null, finished_at = now() where provisioning_job_id = $1 and step_key = $2`;
/** A step that is done starts the next one with all its attempts: they count failures of one step, not of the whole pipeline. */
const checkpoint = sql`update provisioning_jobs set attempts = 1, error = null where provisioning_job_id = $1 and fence = $2`;
const outputOf = sql`select output from provisioning_steps where provisioning_job_id = $1 and step_key = $2`;
const progress = sql`update provisioning_steps set output = $3 where provisioning_job_id = $1 and step_key = $2`;
const failStep = sql`
  update provisioning_steps s set state = 'failed', error = $4
    from provisioning_jobs j
   where j.provisioning_job_id = $1 and j.fence = $2 and s.provisioning_job_id = $1 and s.step_key = $3`;
const setState = sql`
  update provisioning_jobs set state = $3, error = coalesce($4, error),
         finished_at = case when $3 in ('succeeded', 'failed', 'cancelled') then now() end,
         lease_until = case when $3 in ('succeeded', 'failed', 'cancelled') then null else lease_until end
   where provisioning_job_id = $1 and fence = $2 and state in ('running', 'compensating') returning provisioning_job_id`;
const compensateStep = sql`update provisioning_steps set state = 'compensated', output = null where provisioning_job_id = $1 and step_key = $2`;
const requeue = sql`
  update provisioning_jobs set state = 'queued', attempts = 0, fence = fence + 1, next_run_at = now(), lease_until = null, lease_owner = null, finished_at = null
   where provisioning_job_id = $1`;
const resetSteps = sql`
  update provisioning_steps set state = 'pending', error = null, started_at = null, finished_at = null
   where provisioning_job_id = $1 and state in ('failed', 'compensated', 'running')`;
const cancelJob = sql`
  update provisioning_jobs set state = 'cancelled', finished_at = now(), fence = fence + 1, lease_until = null where provisioning_job_id = $1`;

// ---- reading ------------------------------------------------------------------------------------------------------------------------
const getJob = sql`
  select j.provisioning_job_id, j.tenant_id, s.slug as tenant_slug, j.kind, j.state, j.input, j.attempts, j.max_attempts, j.step_key, j.lease_owner, j.lease_until, j.fence,
         j.next_run_at, j.error, j.requested_by, j.created_at, j.started_at, j.finished_at, (j.state in ('running', 'compensating') and j.lease_until < now()) as stuck
    from provisioning_jobs j left join tenant_state s on s.tenant_id = j.tenant_id
   where j.provisioning_job_id = $1`;
const lockJob = sql`
  select provisioning_job_id, tenant_id, state, attempts, fence, (state in ('running', 'compensating') and lease_until < now()) as stuck
    from provisioning_jobs where provisioning_job_id = $1 for update`;
const getSteps = sql`
  select seq, step_key, state, attempts, started_at, finished_at, output, error from provisioning_steps where provisioning_job_id = $1 order by seq`;
const listJobs = sql`
  select j.provisioning_job_id, j.tenant_id, s.slug as tenant_slug, j.kind, j.state, j.input, j.attempts, j.max_attempts, j.step_key, j.lease_owner, j.lease_until, j.fence,
         j.next_run_at, j.error, j.requested_by, j.created_at, j.started_at, j.finished_at, (j.state in ('running', 'compensating') and j.lease_until < now()) as stuck
    from provisioning_jobs j left join tenant_state s on s.tenant_id = j.tenant_id
   where ($1::uuid is null or j.provisioning_job_id < $1)
     and ($2::text is null or j.state = $2) and ($3::uuid is null or j.tenant_id = $3) and ($4::text is null or j.kind = $4)
   order by j.provisioning_job_id desc limit $5`;
const counts = sql`
  select count(*) filter (where state in ('queued', 'waiting'))::int as pending_jobs, count(*) filter (where state in ('running', 'compensating'))::int as running_jobs,
         count(*) filter (where state in ('running', 'compensating') and lease_until < now())::int as stuck_jobs,
         min(created_at) filter (where state in ('queued', 'waiting')) as oldest_pending_at
    from provisioning_jobs`;

type Queries = Pick<Tx, 'query'>;

/** The only SQL of provisioning_jobs and provisioning_steps. */
export const provisioningRows = {
  stateOf: sql`select state, step_key from provisioning_jobs where provisioning_job_id = $1`,
  async insert(
    tx: Tx,
    job: {
      provisioning_job_id: string;
      tenant_id: string;
      kind: string;
      input: Record<string, unknown>;
      requested_by: string;
      steps: readonly string[];
    },
  ): Promise<void> {
    await tx.query(insertJob, [job.provisioning_job_id, job.tenant_id, job.kind, job.input, job.requested_by, job.steps[0] ?? null]);
    await tx.query(insertSteps, [job.provisioning_job_id, [...job.steps]]);
  },
  async find(tx: Queries, id: string): Promise<JobRow | null> {
    return (await tx.query<JobRow>(getJob, [id]))[0] ?? null;
  },
  async lock(tx: Tx, id: string): Promise<{ tenant_id: string; state: JobState; stuck: boolean; attempts: number } | null> {
    return (await tx.query<{ tenant_id: string; state: JobState; stuck: boolean; attempts: number }>(lockJob, [id]))[0] ?? null;
  },
  steps: (tx: Queries, id: string): Promise<StepRow[]> => tx.query<StepRow>(getSteps, [id]),
  list: (tx: Queries, f: { status?: string; tenant_id?: string; kind?: string }, after: string | null, take: number): Promise<JobRow[]> =>
    tx.query<JobRow>(listJobs, [after, f.status ?? null, f.tenant_id ?? null, f.kind ?? null, take]),
  async counts(tx: Queries): Promise<{ pending_jobs: number; running_jobs: number; stuck_jobs: number; oldest_pending_at: Date | null }> {
    const [row] = await tx.query<{ pending_jobs: number; running_jobs: number; stuck_jobs: number; oldest_pending_at: Date | null }>(
      counts,
    );
    return row ?? { pending_jobs: 0, running_jobs: 0, stuck_jobs: 0, oldest_pending_at: null };
  },
  due: (tx: Queries, limit: number): Promise<{ provisioning_job_id: string }[]> => tx.query(jobStatements.due, [limit]),

  /** False: another worker has the job. Holds the row until the end of the transaction. */
  async hold(tx: Tx, id: string, fence: string): Promise<boolean> {
    return (await tx.query(holdFence, [id, fence])).length > 0;
  },
  async begin(tx: Tx, id: string, fence: string, key: string): Promise<boolean> {
    await tx.query(namesStep, [id, fence, key]);
    return (await tx.query(beginStep, [id, fence, key])).length > 0;
  },
  async finish(tx: Tx, id: string, fence: string, key: string, output: Readonly<Record<string, unknown>> | 'skipped'): Promise<void> {
    await tx.query(finishStep, [id, key, output === 'skipped' ? 'skipped' : 'done', output === 'skipped' ? null : output]);
    await tx.query(checkpoint, [id, fence]);
  },
  /** How far a step in batches has come. */
  async outputOf(tx: Tx, id: string, key: string): Promise<Readonly<Record<string, unknown>> | null> {
    return (await tx.query<{ output: Readonly<Record<string, unknown>> | null }>(outputOf, [id, key]))[0]?.output ?? null;
  },
  async progress(tx: Tx, id: string, key: string, output: Readonly<Record<string, unknown>>): Promise<void> {
    await tx.query(progress, [id, key, output]);
  },
  async failed(tx: Tx, id: string, fence: string, key: string, error: KeptError): Promise<void> {
    await tx.query(failStep, [id, fence, key, { ...error }]);
  },
  async setState(tx: Tx, id: string, fence: string, state: JobState, error: Param = null): Promise<boolean> {
    return (await tx.query(setState, [id, fence, state, error])).length > 0;
  },
  async compensated(tx: Tx, id: string, key: string): Promise<void> {
    await tx.query(compensateStep, [id, key]);
  },
  async requeue(tx: Tx, id: string): Promise<void> {
    await tx.query(requeue, [id]);
    await tx.query(resetSteps, [id]);
  },
  async cancel(tx: Tx, id: string): Promise<void> {
    await tx.query(cancelJob, [id]);
  },
};
