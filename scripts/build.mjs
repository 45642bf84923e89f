// npm run build: the server with the native compiler (about a second), then the SPA with Vite. `--server`, `--web`: only that.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from './steps.mjs';

/** Throws when it does not compile: nobody runs yesterday's output by mistake. */
export function buildServer() {
  node('node_modules/tsc7/bin/tsc', '-p', 'tsconfig.build.json');
}

export function buildWeb() {
  node('node_modules/vite/bin/vite.js', 'build', 'apps/web', '--logLevel', 'warn');
}

function node(...args) {
  const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) throw new Error(`${args[0]} ended with ${status}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const only = process.argv.slice(2);
  try {
    if (only.length === 0) for (const part of ['apps', 'libs', 'migrations', 'web']) rmSync(join(ROOT, 'dist', part), { recursive: true, force: true });
    if (!only.includes('--web')) buildServer();
    if (!only.includes('--server')) buildWeb();
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
