import type { QueryRunner } from 'typeorm';
import { dropTables, platformTable, type Migration } from '#platform/db/migrations/index.js';

/** A plan that gives something else reaches its tenants by a job; this is how far it came. */
export class CreatePlanRollOuts1795600014400 implements Migration {
  readonly name = 'CreatePlanRollOuts1795600014400';
  readonly phase = 'expand';

  async up(db: QueryRunner): Promise<void> {
    await platformTable(db, 'plan_roll_outs', {
      why: 'work of the installation on every tenant that has a plan',
      columns: `
        plan_roll_out_id uuid        not null,
        plan_code        text        not null,
        state            text        not null default 'queued' check (state in ('queued', 'running', 'waiting', 'succeeded', 'failed')),
        after_tenant_id  uuid,
        done             bigint      not null default 0,
        attempts         int         not null default 0,
        fence            bigint      not null default 0,
        lease_owner      text,
        lease_until      timestamptz,
        next_run_at      timestamptz not null default now(),
        error            jsonb,
        request_id       text,
        finished_at      timestamptz`,
      key: ['plan_roll_out_id'],
      indexes: [
        { columns: ['next_run_at'], where: `state in ('queued', 'waiting')` },
        { columns: ['lease_until'], where: `state = 'running'` },
      ],
      references: [{ columns: ['plan_code'], to: 'plans' }],
    });
  }

  async down(db: QueryRunner): Promise<void> {
    await dropTables(db, 'plan_roll_outs');
  }
}
