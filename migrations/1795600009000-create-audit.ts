import type { QueryRunner } from 'typeorm';
import { dropPartitionedTables, tenantTable, type Migration } from '#platform/db/migrations/index.js';

/** The audit log as its writers see it. Chain, sealer and archive stand on it later; nothing here waits for them. */
export class CreateAudit1795600009000 implements Migration {
  readonly name = 'CreateAudit1795600009000';
  readonly phase = 'expand';

  async up(db: QueryRunner): Promise<void> {
    // No foreign key to tenants: the log outlives them, and staff's own acts stand under the zero id.
    await tenantTable(db, 'audit_events', {
      columns: `
        audit_event_id uuid        not null,
        occurred_at    timestamptz not null,
        written_xid    xid8        not null default pg_current_xact_id(),
        action         text        not null,
        severity       text        not null check (severity in ('info', 'warning', 'critical')),
        outcome        text        not null check (outcome in ('success', 'denied', 'failed')),
        actor_type     text        not null check (actor_type in ('user', 'api_key', 'platform_staff', 'machine', 'system')),
        actor_id       text        not null,
        request_id     text,
        store_id       uuid,
        targets        jsonb       not null default '[]' check (jsonb_typeof(targets) = 'array'),
        canonical      text        not null`,
      key: ['audit_event_id'],
      indexes: [
        { columns: ['actor_id', 'audit_event_id'] },
        { columns: ['action', 'audit_event_id'] },
        { columns: ['request_id'] },
        { columns: ['targets jsonb_path_ops'], using: 'gin' }, // inside the search function only: @> is not leakproof
      ],
      due: [{ columns: ['written_xid', 'audit_event_id'] }], // the order in which the sealer takes rows of all tenants
      append_only: 'changes',
      partition: { by: 'audit_event_id', every: 'month' },
      app: 'select, insert',
    });
    // Personal values stand apart, behind salted commitments, so that erasing a person leaves the chain valid. Rows go, they never change.
    await tenantTable(db, 'audit_personal', {
      columns: `
        audit_event_id  uuid  not null,
        subject_user_id uuid,
        salt            bytea not null check (octet_length(salt) = 16),
        fields          jsonb not null`,
      key: ['audit_event_id'],
      indexes: [{ columns: ['subject_user_id'], where: 'subject_user_id is not null' }],
      append_only: 'updates',
      partition: { by: 'audit_event_id', every: 'month' },
      app: 'select, insert',
      platform: 'select, insert',
    });
  }

  async down(db: QueryRunner): Promise<void> {
    await dropPartitionedTables(db, 'audit_personal', 'audit_events');
  }
}
