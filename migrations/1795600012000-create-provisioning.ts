import type { QueryRunner } from 'typeorm';
import { dropTables, platformTable, type Migration } from '#platform/db/migrations/index.js';

const WHY = 'making and unmaking tenants, by staff and by the worker; a tenant sees only what it became';

/** Jobs and steps of provisioning. */
export class CreateProvisioning1795600012000 implements Migration {
  readonly name = 'CreateProvisioning1795600012000';
  readonly phase = 'expand';

  async up(db: QueryRunner): Promise<void> {
    // tenant_id has no foreign key: the job of a new tenant stands before its first step has made the row.
    await platformTable(db, 'provisioning_jobs', {
      why: WHY,
      columns: `
        provisioning_job_id uuid        not null,
        tenant_id           uuid        not null,
        kind                text        not null check (kind in ('tenant_create', 'apply_template', 'tenant_export', 'tenant_purge')),
        state               text        not null default 'queued'
                                        check (state in ('queued', 'running', 'waiting', 'compensating', 'succeeded', 'failed', 'cancelled')),
        input               jsonb       not null default '{}',
        idempotency_key     text,
        attempts            int         not null default 0,
        max_attempts        int         not null default 5,
        step_key            text,
        lease_owner         text,
        lease_until         timestamptz,
        fence               bigint      not null default 0,
        next_run_at         timestamptz not null default now(),
        error               jsonb,
        requested_by        text,
        started_at          timestamptz,
        finished_at         timestamptz`,
      key: ['provisioning_job_id'],
      unique: [
        { columns: ['idempotency_key'] },
        { columns: ['tenant_id'], where: `state in ('queued', 'running', 'waiting', 'compensating')` },
      ],
      indexes: [{ columns: ['state', 'next_run_at'] }, { columns: ['tenant_id', 'provisioning_job_id'] }],
    });
    await platformTable(db, 'provisioning_steps', {
      why: WHY,
      columns: `
        provisioning_job_id uuid not null,
        seq                 int  not null,
        step_key            text not null,
        state               text not null default 'pending' check (state in ('pending', 'running', 'done', 'skipped', 'failed', 'compensated')),
        attempts            int  not null default 0,
        started_at          timestamptz,
        finished_at         timestamptz,
        output              jsonb,
        error               jsonb`,
      key: ['provisioning_job_id', 'seq'],
      unique: [{ columns: ['provisioning_job_id', 'step_key'] }],
      references: [{ columns: ['provisioning_job_id'], to: 'provisioning_jobs', onDelete: 'cascade' }],
    });
  }

  async down(db: QueryRunner): Promise<void> {
    await dropTables(db, 'provisioning_steps', 'provisioning_jobs');
  }
}
