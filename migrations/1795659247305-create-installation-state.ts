import type { QueryRunner } from 'typeorm';
import { dropTables, platformTable, type Migration } from '#platform/db/migrations/index.js';

/** Which database this was when somebody last said that it may send: a copy of it that starts elsewhere finds that it is another one. */
export class CreateInstallationState1795659247305 implements Migration {
  readonly name = 'CreateInstallationState1795659247305';
  readonly phase = 'expand';

  async up(db: QueryRunner): Promise<void> {
    await platformTable(db, 'installation_state', {
      why: 'one row about the database itself',
      columns: `
        installation_id   smallint    not null default 1 check (installation_id = 1),
        system_identifier text        not null,
        timeline          int         not null,
        database_oid      text        not null,
        restored_at       timestamptz,
        activated_at      timestamptz not null default now()`,
      key: ['installation_id'],
    });
  }

  async down(db: QueryRunner): Promise<void> {
    await dropTables(db, 'installation_state');
  }
}
