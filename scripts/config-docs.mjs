// npm run config:docs [-- --check]: writes .env.example and docs/configuration.md from the config class, or says that they are stale.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './start.mjs';
import { ROOT } from './steps.mjs';

build({ web: false });
const { configurationPage, envExample } = await import('../dist/libs/platform/config/index.js');

let stale = 0;
for (const [path, text] of [
  ['.env.example', envExample()],
  ['docs/configuration.md', configurationPage()],
]) {
  const file = join(ROOT, path);
  if (readOrNull(file) === text) continue;
  if (process.argv.includes('--check')) {
    stale++;
    process.stderr.write(`${path} is stale: npm run config:docs\n`);
  } else {
    writeFileSync(file, text);
    process.stdout.write(`wrote ${path}\n`);
  }
}
process.exitCode = stale === 0 ? 0 : 1;

function readOrNull(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}
