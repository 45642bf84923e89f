import type { QueryRunner } from 'typeorm';
import { dropTables, platformTable, type Migration } from '#platform/db/migrations/index.js';

/** Where the rate limits of all processes stand while there is no Redis. */
export class CreateRateLimits1795600014700 implements Migration {
  readonly name = 'CreateRateLimits1795600014700';
  readonly phase = 'expand';

  async up(db: QueryRunner): Promise<void> {
    await platformTable(db, 'rate_limits', {
      why: 'counters of requests, by hashed key',
      columns: `
        rate_key    text          not null,
        empty_at_us bigint        not null,
        seen_us     bigint        not null,
        period_us   bigint        not null check (period_us > 0),
        emission_us numeric(20,6) not null check (emission_us > 0),
        granted     int           not null check (granted >= 0)`,
      key: ['rate_key'],
    });
    await platformTable(db, 'rate_limit_processes', {
      why: 'among how many processes a limit is divided',
      columns: `
        process_id uuid        not null,
        seen_at    timestamptz not null`,
      key: ['process_id'],
    });
    // A crash may empty them: the counting starts afresh, and no lease waits for the disk.
    for (const table of ['rate_limits', 'rate_limit_processes']) await db.query(`alter table ${table} set unlogged`);
  }

  async down(db: QueryRunner): Promise<void> {
    await dropTables(db, 'rate_limit_processes', 'rate_limits');
  }
}
