import type { QueryRunner } from 'typeorm';
import { dropTables, platformTable, type Migration } from '#platform/db/migrations/index.js';

/** What one of the staff has asked for and another one has to say yes to. */
export class CreateStaffApprovals1795600014500 implements Migration {
  readonly name = 'CreateStaffApprovals1795600014500';
  readonly phase = 'expand';

  async up(db: QueryRunner): Promise<void> {
    await platformTable(db, 'staff_approvals', {
      why: 'acts of platform staff that need a second person; no tenant has a part in it',
      // Not `tenant_id`: a purge empties every table that has one, and who asked for it and who agreed is kept.
      columns: `
        approval_id  uuid        not null,
        act          text        not null check (act ~ '^[a-z_]+[.][a-z_]+$'),
        subject_id   uuid        not null,
        reason       text        not null,
        state        text        not null default 'pending' check (state in ('pending', 'given', 'cancelled', 'expired')),
        requested_by text        not null,
        not_before   timestamptz not null,
        expires_at   timestamptz not null,
        decided_by   text,
        decided_at   timestamptz`,
      key: ['approval_id'],
      unique: [{ columns: ['act', 'subject_id'], where: `state = 'pending'` }],
      platform: 'select, insert, update',
    });
  }

  async down(db: QueryRunner): Promise<void> {
    await dropTables(db, 'staff_approvals');
  }
}
