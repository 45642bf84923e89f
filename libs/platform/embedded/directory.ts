import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { type Account, databaseAccount } from './account.js';
import { StartRefused, errorCode } from './start-refused.js';

/** Where everything of one embedded server lies. `home` holds lock, password and log files; `data` inside it is PostgreSQL's own. */
export type Place = { home: string; data: string; password: string; account: Account };

/** initdb writes 40 MB, the WAL may grow to 1 GB by default: with less than this a first day of work fills the disk. */
const MIN_FREE_MB = 300;

/**
 * Decides where the data lies and as whom the server runs. Usually that is `data` itself. Root with a clone in a home of mode 0700 gets
 * `/var/tmp/tenantry-<hash>`, because the account of the database cannot traverse that home. Makes the directories.
 */
export function choosePlace(data: string): Place {
  databaseAccount(); // refuses at once where PostgreSQL cannot run at all, before anything is written
  const home = makeHome(path.dirname(path.resolve(data)));
  const wanted = path.join(home, path.basename(data));
  const account = databaseAccount(ownerOf(wanted));
  if (!account.switched || canReach(home, account)) return place(home, wanted, account);

  if (holdsFiles(wanted)) {
    throw new StartRefused(
      `${wanted} holds data, but the user "${account.name}" can no longer enter ${home}: give its parent directories the mode o+x again, or set DATABASE_URL.`,
    );
  }
  const shared = makeOwnDirectory(sharedDirectory(wanted));
  const sharedData = path.join(shared, 'data');
  return place(shared, sharedData, databaseAccount(ownerOf(sharedData)));
}

/** The directory under /var/tmp for data that cannot lie at `data`. The same clone finds the same one again. */
export function sharedDirectory(data: string): string {
  return `/var/tmp/tenantry-${createHash('sha256').update(data).digest('hex').slice(0, 12)}`;
}

/** Can this account traverse every directory down to `target`? Tests the one bit of each that applies to it, as the kernel does. */
export function canReach(target: string, account: Account): boolean {
  if (!account.switched) return true;
  for (let directory = path.resolve(target); ; directory = path.dirname(directory)) {
    const { mode, uid, gid } = fs.statSync(directory);
    const bit = uid === account.uid ? 0o100 : gid === account.gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (directory === path.dirname(directory)) return true;
  }
}

export function holdsFiles(directory: string): boolean {
  return fs.existsSync(directory) && fs.readdirSync(directory).length > 0;
}

export function freeMegabytes(directory: string): number {
  const { bavail, bsize } = fs.statfsSync(directory);
  return Math.floor((bavail * bsize) / 1e6);
}

export function requireFreeSpace(directory: string): void {
  const free = freeMegabytes(directory);
  if (free >= MIN_FREE_MB) return;
  throw new StartRefused(
    `disk full: ${directory} has ${free} MB free, PostgreSQL needs ${MIN_FREE_MB} MB. Make room, or set DATABASE_URL.`,
  );
}

/** The sentence for a running server that a full disk ended. */
export function diskFullSentence(directory: string): string {
  return `disk full: ${directory} has ${freeMegabytes(directory)} MB free, PostgreSQL needs ${MIN_FREE_MB} MB`;
}

function place(home: string, data: string, account: Account): Place {
  return { home, data, password: path.join(home, '.pgpass'), account };
}

/** mkdir -p; what we make ourselves can be traversed by the database's account whatever the umask. Links above it are resolved. */
function makeHome(home: string): string {
  try {
    if (fs.mkdirSync(home, { recursive: true }) !== undefined) fs.chmodSync(home, 0o711);
    fs.accessSync(home, fs.constants.W_OK);
  } catch (error) {
    throw new StartRefused(
      `${home} cannot be written (${errorCode(error)}): the embedded PostgreSQL keeps its data there. Or set DATABASE_URL.`,
      4,
      {
        cause: error,
      },
    );
  }
  return fs.realpathSync(home);
}

/** A predictable name in a directory that everybody may write: ours and a real directory, or nothing. */
function makeOwnDirectory(directory: string): string {
  try {
    fs.mkdirSync(directory);
    fs.chmodSync(directory, 0o711);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
  const found = fs.lstatSync(directory);
  if (found.isDirectory() && found.uid === process.getuid?.() && (found.mode & 0o022) === 0) return directory;
  throw new StartRefused(`${directory} exists and is not a directory of ours alone: remove it, or set DATABASE_URL.`);
}

function ownerOf(data: string): number | undefined {
  return fs.statSync(data, { throwIfNoEntry: false })?.uid;
}
