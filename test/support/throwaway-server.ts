import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { startPostgres } from '../../libs/platform/embedded/index.js';

export type ThrowawayServer = { superUrl: string; stop(): Promise<void> };

/**
 * A PostgreSQL for one test run: unsynced, in a fresh directory under the system's temporary one, gone after `stop()`. It does not keep
 * Node running, and it does not outlive this process either, even one that is killed (see `watchdog`).
 */
export async function startThrowawayServer(): Promise<ThrowawayServer> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'tenantry-test-'));
  fs.chmodSync(directory, 0o711); // as root the server runs as another user, who has to get in
  const releaseWatchdog = watchdog(directory);
  const removeAll = () => {
    fs.rmSync(directory, { recursive: true, force: true });
    releaseWatchdog();
  };
  try {
    const server = await startPostgres({
      root: directory,
      data: path.join(directory, 'postgres'),
      sync: false,
      background: true,
      settings: { shared_buffers: '128MB', max_wal_size: '4GB', checkpoint_timeout: '1h' },
      onDeath: (reason) => process.stderr.write(`The database of the tests is gone. ${reason.message}\n`),
    });
    const stop = async () => {
      await server.stop();
      removeAll();
    };
    return { superUrl: server.superUrl, stop };
  } catch (error) {
    removeAll();
    throw error;
  }
}

/**
 * A shell that waits for the end of its input. The kernel closes our end of that pipe however we die, kill -9 included; then it stops the
 * server and removes the directory. It takes several rounds, because an initdb under way finishes its writing first.
 */
const LAST_WILL = `
read -r nothing
for round in 1 2 3 4 5 6; do
  pid=$(head -n 1 "$0/postgres/postmaster.pid" 2>/dev/null) && [ -n "$pid" ] && kill -QUIT "$pid"
  sleep 0.5
  rm -rf "$0"
done
`;

function watchdog(directory: string): () => void {
  const shell = spawn('/bin/sh', ['-c', LAST_WILL, directory], { cwd: '/', detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  shell.unref();
  if (shell.stdin instanceof net.Socket) shell.stdin.unref();
  return () => shell.kill('SIGKILL');
}
