import { Injectable } from '@nestjs/common';
import type { TenantId } from '#contracts/ids.js';
import { newId } from '#platform/crypto/index.js';
import { sql, TenantDb } from '#platform/db/index.js';
import { makeTenantScope } from '#platform/db/scope-factory.js';
import { defineQueue, LeaseLost, type JobEnvelope, type QueueDefinition } from '#platform/queue/index.js';
import { withClient } from './migrate.js';
import type { TestDatabase } from './database.js';

export type TestPayload = { test_job_id: string };
export type TestJob = JobEnvelope<TestPayload>;

/** A table like the ones that jobs have, and what a job did to it: `effects` grows once for each run that was allowed to. */
export async function createTestJobs({ ownerUrl }: TestDatabase): Promise<void> {
  await withClient(ownerUrl, (client) =>
    client.query(`
      create table test_jobs (
        tenant_id uuid not null, test_job_id uuid not null, state text not null default 'queued', attempts int not null default 0, fence bigint not null default 0,
        next_run_at timestamptz not null default now(), lease_until timestamptz, error jsonb, effects int not null default 0,
        principal_id uuid, permission text, primary key (tenant_id, test_job_id));
      alter table test_jobs enable row level security;
      alter table test_jobs force row level security;
      create policy tenant on test_jobs to tenantry_app using (tenant_id = (select nullif(current_setting('app.tenant_id', true), '')::uuid));
      create policy platform on test_jobs to tenantry_platform using (true);
      grant select, insert, update on test_jobs to tenantry_app, tenantry_platform;`),
  );
}

const DUE = sql`
  select test_job_id, attempts from test_jobs
   where (state in ('queued', 'waiting') and next_run_at <= now()) or (state = 'running' and lease_until < now())
   order by next_run_at limit $1`;
const CLAIM = sql`
  update test_jobs set state = 'running', lease_until = now() + $2 * interval '1 ms', fence = fence + 1, attempts = attempts + 1
   where test_job_id = $1 and ((state in ('queued', 'waiting') and next_run_at <= now()) or (state = 'running' and lease_until < now()))
  returning tenant_id, attempts, fence, principal_id, permission`;
const HEARTBEAT = sql`
  update test_jobs set lease_until = now() + $3 * interval '1 ms' where test_job_id = $1 and fence = $2 and state = 'running' returning test_job_id`;
const RELEASE = sql`
  update test_jobs set state = 'waiting', lease_until = null, attempts = attempts - 1, next_run_at = now() + $3 * interval '1 ms'
   where test_job_id = $1 and fence = $2 and state = 'running'`;
const RETRY = sql`
  update test_jobs set state = 'waiting', lease_until = null, next_run_at = now() + $3 * interval '1 ms', error = $4
   where test_job_id = $1 and fence = $2 and state = 'running' returning test_job_id`;
const FAIL = sql`
  update test_jobs set state = 'failed', lease_until = null, error = $3 where test_job_id = $1 and fence = $2 and state = 'running' returning test_job_id`;
const EFFECT = sql`
  update test_jobs set state = 'succeeded', effects = effects + 1 where test_job_id = $1 and fence = $2 and state = 'running' returning effects`;

/** What the job does; each test says its own. */
@Injectable()
export class TestWork {
  run: (job: TestJob) => Promise<void> = (job) => this.effect(job);
  readonly seen: TestJob[] = [];
  readonly failed: string[] = [];

  constructor(private readonly db: TenantDb) {}

  /** As a real job does: its effect in one transaction that checks the fence. */
  async effect(job: TestJob): Promise<void> {
    await this.db.run(job.scope, async (tx) => {
      const rows = await tx.query(EFFECT, [job.payload.test_job_id, job.fence]);
      if (rows.length === 0) throw new LeaseLost(job.name);
    });
  }
}

export const testQueue = (terms: Partial<Parameters<typeof defineQueue<TestPayload>>[0]> = {}): QueueDefinition<TestPayload> =>
  defineQueue<TestPayload>({
    name: 'test.run', lane: 'fast', id: 'test_job_id', concurrency: 2, lease_ms: 1_500, backoff: [50, 50],
    due: DUE, claim: CLAIM, heartbeat: HEARTBEAT, release: RELEASE, retry: RETRY, fail: FAIL,
    run: (job, services) => {
      const work = services.get(TestWork);
      work.seen.push(job as TestJob);
      return work.run(job as TestJob);
    },
    failed: (job, services) => Promise.resolve(void services.get(TestWork).failed.push(job.payload.test_job_id)),
    ...(terms as object),
  }); // prettier-ignore

const INSERT = sql`insert into test_jobs (tenant_id, test_job_id, next_run_at) values ($1, $2, $3)`;
const READ = sql`select state, attempts, fence, effects, error, next_run_at from test_jobs where test_job_id = $1`;

export interface TestRow {
  readonly state: string;
  readonly attempts: number;
  readonly fence: string;
  readonly effects: number;
  readonly error: { code: string; message: string } | null;
  readonly next_run_at: Date;
}

export const testScope = (tenant_id: string = newId()) =>
  makeTenantScope({ tenant_id: tenant_id as TenantId, actor: { type: 'system', id: 'test' }, request_id: newId(), stores: 'all' });

type Scope = ReturnType<typeof testScope>;
type AnyTx = Parameters<Parameters<TenantDb['run']>[1]>[0];

/** The row of a new job, in the caller's transaction. */
export async function insertTestJob(tx: AnyTx, next_run_at = new Date(Date.now() - 1_000)): Promise<TestPayload> {
  const test_job_id = newId();
  await tx.query(INSERT, [tx.tenant_id, test_job_id, next_run_at]);
  return { test_job_id };
}

export async function readTestJob(db: TenantDb, scope: Scope, { test_job_id }: TestPayload): Promise<TestRow> {
  const [row] = await db.query<TestRow>(scope, READ, [test_job_id]);
  if (!row) throw new Error('no such row');
  return row;
}
