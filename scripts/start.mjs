/**
 * `npm start`: builds what changed, then runs the product in this process. A build is known by the hash of its sources, so a second start
 * compiles nothing. `--fresh` deletes the embedded database (asks on a terminal, needs --yes elsewhere); `--no-demo` starts empty.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import readline from 'node:readline/promises';
import { fileURLToPath } from 'node:url';

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
process.chdir(root);

function hashOf(...roots) {
  const hash = createHash('sha256');
  const walk = (entry) => {
    if (!existsSync(entry)) return;
    if (statSync(entry).isDirectory()) {
      for (const name of readdirSync(entry).sort()) if (name !== 'node_modules' && name !== 'dist') walk(path.join(entry, name));
    } else if (!/\.spec\.tsx?$/.test(entry)) hash.update(entry).update('\0').update(readFileSync(entry));
  };
  for (const entry of roots) walk(entry);
  return hash.digest('hex');
}

function buildIfChanged(name, sources, artefact, build) {
  const stamp = path.join('dist', `.built-${name}`);
  const hash = hashOf(...sources);
  if (existsSync(artefact) && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return;
  build();
  mkdirSync('dist', { recursive: true });
  writeFileSync(stamp, hash);
}

export function build({ web = true } = {}) {
  const run = (file, args, options = {}) => execFileSync(process.execPath, [file, ...args], { stdio: ['ignore', 2, 2], ...options });
  buildIfChanged(
    'api',
    ['apps/api/src', 'libs', 'migrations', 'tsconfig.json', 'tsconfig.build.json', 'package.json'],
    'dist/apps/api/src/main.js',
    () => run('node_modules/tsc7/bin/tsc', ['-p', 'tsconfig.build.json']),
  );
  if (!web) return;
  buildIfChanged('web', ['apps/web', 'libs/client', 'libs/contracts', 'libs/webhook-verify'], 'dist/web/index.html', () =>
    // Whoever asks for the build: under a test's NODE_ENV the page would carry React's development half.
    run(path.resolve('node_modules/vite/bin/vite.js'), ['build', '--logLevel', 'error'], {
      cwd: 'apps/web',
      env: { ...process.env, NODE_ENV: 'production' },
    }),
  );
}

async function confirmFresh() {
  if (!process.argv.includes('--fresh') || process.argv.includes('--yes')) return;
  if (!process.stdin.isTTY) {
    console.error('--fresh deletes the embedded database: say --yes as well.');
    process.exit(2);
  }
  const terminal = readline.createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question('Delete the embedded database and all its data? [y/N] ');
  terminal.close();
  if (!/^y(es)?$/i.test(answer.trim())) process.exit(0);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await confirmFresh();
  build();
  if (!process.argv.includes('--build-only')) await import('../dist/apps/api/src/main.js');
}
