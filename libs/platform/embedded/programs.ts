import type { SpawnOptions } from 'node:child_process';
import { errorCode } from './start-refused.js';
import type { Place } from './directory.js';

/**
 * How initdb and postgres are spawned. A closed environment: PG* variables of the caller must not reach them, and with TZ set the server
 * is in UTC on every machine (and initdb does not search the time zone of this one).
 */
export function spawnOptions({ home, account }: Place): SpawnOptions {
  return {
    cwd: home,
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
    ...(account.switched ? { uid: account.uid, gid: account.gid } : {}),
    stdio: ['ignore', 'ignore', 'pipe'],
  };
}

/** Why a program could not be spawned at all. ENOENT of a file that exists means its loader: the builds need glibc (not Alpine). */
export function spawnFailure(error: unknown): string {
  return errorCode(error) === 'ENOENT' ? 'this system lacks glibc, which the embedded PostgreSQL needs (Alpine Linux?)' : String(error);
}
