import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { build } from '../../scripts/start.mjs';

/** Builds the product and starts an embedded PostgreSQL, fsync on, in a folder of its own. `stop` ends it and deletes the folder. */
export async function startDatabase() {
  build();
  const { startPostgres } = await import('../../dist/libs/platform/embedded/index.js');
  const folder = mkdtempSync(path.join(os.tmpdir(), 'tenantry-bench-'));
  chmodSync(folder, 0o711); // PostgreSQL has an account of its own when we are root
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const server = await startPostgres({ root: folder, data: path.join(folder, 'postgres') });
    const url = new URL(server.superUrl);
    url.pathname = '/bench';
    const stop = async () => {
      await server.stop();
      remove();
    };
    return { url: url.href, pid: server.pid, folder, stop };
  } catch (error) {
    remove();
    throw error;
  }
}
