/** `npm run dev`: compiles on change and restarts the API; Vite serves the SPA on 5173 and proxies /api. Ctrl-C stops all of them. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { build } from './start.mjs';

build({ web: false });
const children = [];
const run = (name, args, options = {}) => {
  const child = spawn(process.execPath, args, { stdio: 'inherit', ...options });
  child.once('exit', (code) => {
    if (code) console.error(`${name} ended with ${code}`);
    stop(code ?? 0);
  });
  children.push(child);
};
let stopping = false;
function stop(code) {
  if (stopping) return;
  stopping = true;
  for (const child of children) child.kill('SIGTERM');
  process.exitCode = code;
}
process.on('SIGINT', () => stop(0));
process.on('SIGTERM', () => stop(0));

run('compiler', ['node_modules/tsc7/bin/tsc', '-p', 'tsconfig.build.json', '--watch', '--preserveWatchOutput']);
run('api', [
  '--watch-path=dist/apps',
  '--watch-path=dist/libs',
  '--watch-preserve-output',
  'dist/apps/api/src/main.js',
  ...process.argv.slice(2),
]);
run('web', [path.resolve('node_modules/vite/bin/vite.js')], { cwd: 'apps/web' });
