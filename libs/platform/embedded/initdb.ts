import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import type { Binaries } from './binaries.js';
import { type Place, holdsFiles } from './directory.js';
import { spawnFailure, spawnOptions } from './programs.js';
import { StartRefused } from './start-refused.js';

export const SUPERUSER = 'postgres';

/** What a killed start left behind. Call it under the lock: the names are used by nobody else then. */
export function removeLeftovers(home: string): void {
  for (const name of fs.readdirSync(home)) {
    // Retries: an initdb whose Node alone was killed still writes into it, and fails once its directory is gone.
    if (name.startsWith('postgres.new-'))
      fs.rmSync(path.join(home, name), { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
}

/**
 * Makes the data directory if there is none. initdb works elsewhere and the result is renamed, so a directory of the right name is always
 * a whole one, whenever the start is killed. The password is stored before the rename: whole data without its password would be lost.
 */
export async function makeDataDirectory(binaries: Binaries, place: Place, sync: boolean): Promise<void> {
  if (holdsFiles(place.data)) return;
  const draft = path.join(place.home, `postgres.new-${process.pid}`);
  const passwordFile = `${draft}.password`;
  const password = randomBytes(18).toString('base64url');
  fs.writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  fs.mkdirSync(draft, { mode: 0o700 });
  if (place.account.switched) for (const file of [passwordFile, draft]) fs.chownSync(file, place.account.uid, place.account.gid);

  const failure = await runInitdb(binaries, place, ['-D', draft, `--pwfile=${passwordFile}`, ...(sync ? [] : ['--no-sync'])]);
  fs.rmSync(passwordFile, { force: true });
  if (failure !== null) {
    fs.rmSync(draft, { recursive: true, force: true });
    throw new StartRefused(`initdb failed: ${failure}. Set DATABASE_URL to use another PostgreSQL.`);
  }
  fs.writeFileSync(`${draft}.password`, password, { mode: 0o600, flush: sync });
  fs.renameSync(`${draft}.password`, place.password);
  fs.renameSync(draft, place.data);
  if (sync) syncDirectory(place.home);
}

/** Refuses data that this server must not touch, with the reason. */
export function checkDataDirectory(binaries: Binaries, { data, password, account }: Place): void {
  const version = path.join(data, 'PG_VERSION');
  if (!fs.existsSync(version) || !fs.existsSync(path.join(data, 'global/pg_control'))) {
    throw new StartRefused(`${data} is not a whole PostgreSQL directory: move it away, or set DATABASE_URL.`);
  }
  const { uid } = fs.statSync(data);
  if (uid !== account.uid) {
    throw new StartRefused(
      `${data} belongs to user id ${uid}, but PostgreSQL would run as "${account.name}" (${account.uid}): start as its owner, or set DATABASE_URL.`,
    );
  }
  const major = fs.readFileSync(version, 'utf8').trim();
  if (major !== binaries.major) {
    throw new StartRefused(
      `${data} was made by PostgreSQL ${major}, and the installed one is ${binaries.major}: dump it with a PostgreSQL ${major} (pg_dump) and load it into the new one, or set DATABASE_URL. Nothing was changed.`,
    );
  }
  if (!fs.existsSync(password))
    throw new StartRefused(`${password} is missing, the password of ${data}: put it back, or start with --fresh (deletes the data).`);
}

/** null, or the reason it failed. */
function runInitdb(binaries: Binaries, place: Place, options: string[]): Promise<string | null> {
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const common = ['-U', SUPERUSER, '--auth=scram-sha-256', '--no-instructions', ...locale];
  const child = spawn(binaries.initdb, [...options, ...common], spawnOptions(place));
  let output = '';
  child.stderr?.on('data', (text) => (output = `${output}${text}`.slice(-500)));
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(spawnFailure(error)));
    child.once('close', (code, signal) => resolve(code === 0 ? null : output.trim() || `it ended with ${signal ?? code}`));
  });
}

function syncDirectory(directory: string): void {
  const descriptor = fs.openSync(directory, 'r');
  try {
    fs.fsyncSync(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}
