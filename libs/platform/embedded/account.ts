import fs from 'node:fs';
import os from 'node:os';
import { StartRefused } from './start-refused.js';

/** The OS account that PostgreSQL runs as. `switched`: not ours, so it must be handed its files and be able to reach them. */
export type Account = { name: string; uid: number; gid: number; switched: boolean };

/**
 * PostgreSQL refuses to run as root, so root starts it as `postgres`, else as `nobody`; everybody else as themselves.
 * `ownerUid`, the owner of data that exists already, wins over that order: installing a system PostgreSQL must not lock the data out.
 */
export function databaseAccount(ownerUid?: number): Account {
  if (process.platform === 'win32' || process.getuid === undefined || process.getgid === undefined) {
    throw new StartRefused('The embedded PostgreSQL does not run on Windows yet: set DATABASE_URL to a PostgreSQL server.');
  }
  if (process.getuid() !== 0) return { name: ownName(), uid: process.getuid(), gid: process.getgid(), switched: false };

  const candidates = ['postgres', 'nobody'].flatMap((name) => accountNamed(name) ?? []);
  const chosen = candidates.find((account) => account.uid === ownerUid) ?? candidates[0];
  if (chosen === undefined) {
    throw new StartRefused(
      'PostgreSQL does not run as root, and this system has neither a user "postgres" nor a user "nobody": start Tenantry as another user, or set DATABASE_URL.',
    );
  }
  return chosen;
}

/** initdb and libpq look the user up and fail late and obscurely without an entry (`docker run -u 12345`, OpenShift): fail early. */
function ownName(): string {
  try {
    return os.userInfo().username;
  } catch (error) {
    throw new StartRefused(
      `User id ${process.getuid?.()} has no entry in /etc/passwd, and PostgreSQL needs one: run as a named user, or set DATABASE_URL.`,
      4,
      { cause: error },
    );
  }
}

function accountNamed(name: string): Account | null {
  const line = fs
    .readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = line?.split(':') ?? [];
  // macOS writes nobody as -2; the kernel means the same number as an unsigned one.
  return uid === undefined || gid === undefined ? null : { name, uid: Number(uid) >>> 0, gid: Number(gid) >>> 0, switched: true };
}
