import { execFileSync } from 'node:child_process';
import net from 'node:net';
import { world, type World, type WorldOptions } from './world.js';

export interface ServedWorld extends World {
  /** Where a browser finds it: `http://localhost:<port>`. */
  readonly url: string;
}

/** The product as a browser meets it: a world with its workers, on a port of its own, with the built SPA. */
export async function servedWorld(options: WorldOptions = {}): Promise<ServedWorld> {
  buildWhatChanged();
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const here = await world({ work: true, ...options, env: { FRONTEND_URL: url, ...options.env } });
  await here.app.listen(port, '127.0.0.1');
  return Object.assign(here, { url });
}

/** Compiles nothing when the hash of the sources is the one of the last build. */
function buildWhatChanged(): void {
  execFileSync(process.execPath, ['scripts/start.mjs', '--build-only'], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Known before the world is made: links in mails name it. */
export async function freePort(): Promise<number> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
