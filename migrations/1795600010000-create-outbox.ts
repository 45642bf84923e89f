import type { QueryRunner } from 'typeorm';
import { dropPartitionedTables, dropTables, tenantTable, type Migration } from '#platform/db/migrations/index.js';

/**
 * What happened, and who has not heard of it yet. No foreign keys: none may point at a partitioned table, whose partitions
 * must go without waiting, and `emit` is in the path of every write.
 */
export class CreateOutbox1795600010000 implements Migration {
  readonly name = 'CreateOutbox1795600010000';
  readonly phase = 'expand';

  async up(db: QueryRunner): Promise<void> {
    await tenantTable(db, 'events', {
      columns: `
        event_id          uuid   not null,
        event_type        text   not null,
        subject_id        text   not null,
        sequence          bigint,
        ordering_key      text,
        body              text   not null,
        full_body         text,
        target_webhook_id uuid,
        request_id        text`,
      key: ['event_id'],
      append_only: 'changes',
      partition: { by: 'event_id', every: 'week' },
      app: 'select, insert',
    });
    await tenantTable(db, 'event_outbox', {
      columns: `
        event_id   uuid        not null,
        not_before timestamptz not null default now(),
        attempts   int         not null default 0,
        parked_at  timestamptz,
        last_error text`,
      key: ['event_id'],
      due: [{ columns: ['not_before', 'event_id'], where: 'parked_at is null' }],
      mutable: false,
      app: 'insert',
    });
    await tenantTable(db, 'event_tasks', {
      columns: `
        event_id     uuid        not null,
        subscriber   text        not null,
        attempts     int         not null default 0,
        next_run_at  timestamptz not null default now(),
        leased_until timestamptz,
        parked_at    timestamptz,
        last_error   text`,
      key: ['event_id', 'subscriber'],
      due: [{ columns: ['next_run_at', 'event_id'], where: 'parked_at is null' }],
      mutable: false,
      app: 'none',
    });
  }

  async down(db: QueryRunner): Promise<void> {
    await dropTables(db, 'event_tasks', 'event_outbox');
    await dropPartitionedTables(db, 'events');
  }
}
