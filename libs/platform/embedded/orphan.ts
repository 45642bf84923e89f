import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SUPERUSER } from './initdb.js';
import type { Place } from './directory.js';
import { bornOf, isPostgres } from './process-identity.js';
import { StartRefused } from './start-refused.js';

export type Orphan = { pid: number; port: number };

/** Crash recovery of a big database may take this long; one that says it is ready answers at once. */
const PATIENCE_MS = { starting: 60_000, ready: 2_000 };
const PAUSE_MS = 100;

/**
 * The server that a killed Node left running on this very directory, or null. Call it under the lock, so that no living start owns it.
 * A pid in postmaster.pid proves nothing, since pids are reused: the server itself has to name this data directory and the start time
 * that the file holds. A stale file whose pid now belongs to another program is removed: postgres would refuse to start for ever.
 */
export async function findOrphan(place: Place): Promise<Orphan | null> {
  const file = path.join(place.data, 'postmaster.pid');
  for (let waited = 0; ; waited += PAUSE_MS) {
    if (!fs.existsSync(file)) return null;
    const claim = readPidFile(file);
    if (bornOf(claim.pid) === null) return null; // stale: postgres itself clears it
    if (!isPostgres(claim.pid)) {
      fs.rmSync(file, { force: true });
      return null;
    }
    if (claim.port !== null && (await serves(claim.port, place, claim.startedAt))) return { pid: claim.pid, port: claim.port };
    if (waited >= (claim.isReady ? PATIENCE_MS.ready : PATIENCE_MS.starting)) {
      throw new StartRefused(
        `${place.data} is held by process ${claim.pid}, a PostgreSQL that does not answer as the server of this directory: stop that process, or set DATABASE_URL.`,
      );
    }
    await sleep(PAUSE_MS); // it starts, recovers or shuts down
  }
}

/** Reads the password file, so it throws where that is missing; `checkDataDirectory` refuses such data before. */
export function superUrl(port: number, { password }: Place): string {
  return `postgres://${SUPERUSER}:${fs.readFileSync(password, 'utf8').trim()}@127.0.0.1:${port}/postgres`;
}

/** Lines: pid, directory, start (s since 1970), port, socket directory, address, shared memory, state. The later ones come later. */
function readPidFile(file: string): { pid: number; startedAt: number; port: number | null; isReady: boolean } {
  const lines = fs.readFileSync(file, 'utf8').split('\n');
  return {
    pid: Number(lines[0]),
    startedAt: Number(lines[2]),
    port: Number(lines[3]) || null,
    isReady: lines[7]?.trim() === 'ready',
  };
}

async function serves(port: number, place: Place, startedAt: number): Promise<boolean> {
  if (!fs.existsSync(place.password)) return false; // --fresh may meet that; a start has refused before
  const { default: pg } = await import('pg'); // only here: a usual start does not need it
  const client = new pg.Client({ connectionString: superUrl(port, place), connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined); // a connection that breaks after it opened also rejects the query below
  try {
    await client.connect();
    const { rows } = await client.query<{ directory: string; started_at: number }>(
      `select current_setting('data_directory') as directory, extract(epoch from pg_postmaster_start_time())::float8 as started_at`,
    );
    const [row] = rows;
    return row !== undefined && fs.realpathSync(row.directory) === fs.realpathSync(place.data) && Math.abs(row.started_at - startedAt) < 2;
  } catch {
    return false; // nobody there, not ready yet, another server or another password: not provably ours
  } finally {
    await client.end().catch(() => undefined);
  }
}
