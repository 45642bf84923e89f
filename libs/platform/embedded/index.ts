import fs from 'node:fs';
import path from 'node:path';
import { type Binaries, prepareBinaries } from './binaries.js';
import { type Place, choosePlace, requireFreeSpace } from './directory.js';
import { checkDataDirectory, makeDataDirectory, removeLeftovers } from './initdb.js';
import { type Lock, takeLock } from './lock.js';
import { findOrphan, superUrl } from './orphan.js';
import { type Server, type ServerOptions, adoptServer, metAnother, spawnServer } from './server.js';
import { StartRefused } from './start-refused.js';

export { StartRefused } from './start-refused.js';

export type EmbeddedPostgresOptions = {
  /** The clone. Default: the working directory. */
  root?: string;
  /** PostgreSQL's directory; lock and password lie beside it. Default: `<root>/.data/postgres`. */
  data?: string;
  /** Where node_modules with the binaries is looked for, upwards. Default: the working directory. */
  packageRoot?: string;
  /** false only for throw-away servers: a crash of the machine then loses the data. Default: true. */
  sync?: boolean;
  /** More settings for the server, e.g. `{ shared_buffers: '128MB' }`. */
  settings?: Record<string, string>;
  /** true: the server does not keep Node running. */
  background?: boolean;
  /** Called once when the server ends and nobody stopped it. Default: the sentence on stderr, then exit with its code. */
  onDeath?: (reason: StartRefused) => void;
};

export type EmbeddedPostgres = {
  /** The superuser: for bootstrap and migrations only. It bypasses row-level security, so it never reaches the application. */
  superUrl: string;
  port: number;
  pid: number;
  /** true: a start before us was killed, and its server is used on. */
  adopted: boolean;
  /** The directory that is used, which is not `data` where PostgreSQL's account cannot reach that. */
  data: string;
  /** Writes the product's own address into the lock, for the refusal of a second start. */
  announce(url: string): void;
  /** Stops the server and gives the directory up. Returns also when the server is dead already. */
  stop(): Promise<void>;
};

/**
 * Starts the PostgreSQL that npm installed; makes its data at the first start. Any user may call it, root included.
 * Throws `StartRefused`: exit code 3 when a living process has started it in this directory, 4 when it cannot run here.
 * It takes the directory's lock, then makes sure of each step in turn: space, binaries, data, orphan, server. Whatever moment a start is
 * killed at, the next one works.
 */
export async function startPostgres(options: EmbeddedPostgresOptions = {}): Promise<EmbeddedPostgres> {
  const place = choosePlace(dataOf(options));
  const lock = takeLock(place.home);
  try {
    const { server, adopted } = await findOrStart(place, options);
    lock.announce(`PostgreSQL on 127.0.0.1:${server.port}`);
    return run(server, { place, lock, adopted, onDeath: options.onDeath ?? exitWith });
  } catch (error) {
    lock.release();
    throw error;
  }
}

/**
 * Deletes the database of the embedded server, for `--fresh`; stops a server that a killed start left on it. Nothing else is touched.
 * Throws `StartRefused` (3) while a living process holds it. Ask the person first.
 */
export async function wipe(options: Pick<EmbeddedPostgresOptions, 'root' | 'data'> = {}): Promise<void> {
  const place = choosePlace(dataOf(options));
  const lock = takeLock(place.home);
  try {
    removeLeftovers(place.home);
    if (!fs.existsSync(place.data)) return;
    if (!fs.existsSync(path.join(place.data, 'PG_VERSION'))) {
      throw new StartRefused(`${place.data} is not a PostgreSQL directory, so it is not deleted.`);
    }
    const orphan = await findOrphan(place);
    if (orphan !== null) await adoptServer(orphan, serverOptions({})).stop();
    const doomed = path.join(place.home, `postgres.new-doomed-${process.pid}`); // a leftover, if we are killed half way
    fs.renameSync(place.data, doomed);
    fs.rmSync(doomed, { recursive: true, force: true });
    fs.rmSync(place.password, { force: true });
  } finally {
    lock.release();
  }
}

type Found = { server: Server; adopted: boolean };

async function findOrStart(place: Place, options: EmbeddedPostgresOptions): Promise<Found> {
  const settings = serverOptions(options);
  removeLeftovers(place.home);
  requireFreeSpace(place.home);
  const binaries = prepareBinaries(options.packageRoot ?? process.cwd(), place);
  await makeDataDirectory(binaries, place, settings.sync);
  checkDataDirectory(binaries, place);
  return (await adopt(place, settings)) ?? (await spawnOrAdopt(binaries, place, settings));
}

/** A Node that was killed right after it had spawned its server leaves one that appears only while ours starts. */
async function spawnOrAdopt(binaries: Binaries, place: Place, settings: ServerOptions): Promise<Found> {
  try {
    return { server: await spawnServer(binaries, place, settings), adopted: false };
  } catch (error) {
    const found = metAnother(error) ? await adopt(place, settings) : null;
    if (found === null) throw error;
    return found;
  }
}

async function adopt(place: Place, settings: ServerOptions): Promise<Found | null> {
  const orphan = await findOrphan(place);
  return orphan === null ? null : { server: adoptServer(orphan, settings), adopted: true };
}

function run(
  server: Server,
  { place, lock, adopted, onDeath }: { place: Place; lock: Lock; adopted: boolean; onDeath: (reason: StartRefused) => void },
): EmbeddedPostgres {
  let isStopping = false;
  void server.ended.then((reason) => {
    lock.release();
    if (!isStopping) onDeath(reason);
  });
  return {
    superUrl: superUrl(server.port, place),
    port: server.port,
    pid: server.pid,
    adopted,
    data: place.data,
    announce: lock.announce,
    stop: async () => {
      isStopping = true;
      await server.stop();
      lock.release();
    },
  };
}

function serverOptions({ sync = true, settings = {}, background = false }: EmbeddedPostgresOptions): ServerOptions {
  return { sync, settings, background };
}

function dataOf({ root = process.cwd(), data = path.join(root, '.data/postgres') }: EmbeddedPostgresOptions): string {
  return path.resolve(data);
}

function exitWith(reason: StartRefused): void {
  process.stderr.write(`${reason.message}\n`);
  process.exit(reason.exitCode);
}
