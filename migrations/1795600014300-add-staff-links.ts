import type { QueryRunner } from 'typeorm';
import { dropTables, platformTable, type Migration } from '#platform/db/migrations/index.js';

/** Links by which platform staff set a password: the first one, and one that was forgotten. */
export class AddStaffLinks1795600014300 implements Migration {
  readonly name = 'AddStaffLinks1795600014300';
  readonly phase = 'expand';

  async up(db: QueryRunner): Promise<void> {
    await platformTable(db, 'platform_user_tokens', {
      why: 'a realm of its own, that no tenant sees; hashed, and good once',
      columns: `
        token_hash       bytea       not null,
        platform_user_id uuid        not null,
        expires_at       timestamptz not null,
        used_at          timestamptz`,
      key: ['token_hash'],
      indexes: [{ columns: ['platform_user_id'] }, { columns: ['expires_at'] }],
      references: [{ columns: ['platform_user_id'], to: 'platform_users' }],
    });
  }

  async down(db: QueryRunner): Promise<void> {
    await dropTables(db, 'platform_user_tokens');
  }
}
