import { Injectable } from '@nestjs/common';
import { sql, type Tx } from '../db/index.js';
import type { DatabaseIdentity } from './database-identity.js';

export interface InstallationState extends DatabaseIdentity {
  /** When a process first saw that this is another database than the one that was activated. */
  readonly restored_at: Date | null;
  readonly activated_at: Date;
}

// The timeline that is written now; that of the last checkpoint is the old one for a while after a promotion. A standby writes none.
const RUNNING = sql`
  select c.system_identifier::text as system_identifier, d.oid::text as database_oid,
         case when pg_is_in_recovery() then 0 else ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int end as timeline
    from pg_control_system() c, pg_database d where d.datname = current_database()`;
const READ = sql`select system_identifier, timeline, database_oid, restored_at, activated_at from installation_state`;
const ADOPT = sql`
  insert into installation_state (system_identifier, timeline, database_oid) values ($1, $2, $3) on conflict do nothing`;
const NOTE = sql`update installation_state set restored_at = now() where restored_at is null`;
const ACTIVATE = sql`
  update installation_state set system_identifier = $1, timeline = $2, database_oid = $3, restored_at = null, activated_at = now()`;

/** The one row about the database itself. */
@Injectable()
export class InstallationRepository {
  async running(tx: Tx): Promise<DatabaseIdentity> {
    const [row] = await tx.query<DatabaseIdentity>(RUNNING);
    if (!row) throw new Error('the server does not say which database this is');
    return row;
  }
  /** null: no process that works has started on it yet. */
  async read(tx: Tx): Promise<InstallationState | null> {
    return (await tx.query<InstallationState>(READ))[0] ?? null;
  }
  async adopt(tx: Tx, identity: DatabaseIdentity): Promise<void> {
    await tx.query(ADOPT, [identity.system_identifier, identity.timeline, identity.database_oid]);
  }
  async noteRestored(tx: Tx): Promise<void> {
    await tx.query(NOTE);
  }
  async activate(tx: Tx, identity: DatabaseIdentity): Promise<void> {
    await tx.query(ACTIVATE, [identity.system_identifier, identity.timeline, identity.database_oid]);
  }
}
