// npm test [-- jest arguments]: every kind of test that needs nothing installed. `node scripts/test.mjs <project>…` runs some kinds.
// Results go to test/.results/<run>.json, where `npm run acceptance` and `npm run ci` read them.
// Job tests run on both backends by themselves where redis-server is installed, and say so where it is not.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { buildServer, buildWeb } from './build.mjs';
import { RESULTS, run } from './steps.mjs';

const DEFAULT = ['unit', 'web', 'contract', 'architecture', 'api', 'jobs', 'isolation'];
const KNOWN = [...DEFAULT, 'faults', 'browser'];
/** Kinds whose tests start the built program. */
const SPAWNING = new Set(['contract', 'architecture', 'api', 'jobs', 'isolation', 'faults', 'browser']);
const LIMIT_S = 900;

const words = process.argv.slice(2);
const projects = words.filter((word) => KNOWN.includes(word));
const jestArguments = words.filter((word) => !KNOWN.includes(word));
const selected = projects.length > 0 ? projects : DEFAULT;
const name = projects.length > 0 ? projects.join('-') : 'test';

process.exitCode = await main();

async function main() {
  if (selected.includes('browser') && !browserIsThere()) return process.env.CI ? 1 : 0;
  try {
    if (selected.some((project) => SPAWNING.has(project))) buildServer();
    if (selected.includes('browser')) buildWeb();
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
  const results = join(RESULTS, `${name}.json`);
  const jest = ['node', 'node_modules/jest/bin/jest.js', '--selectProjects', ...selected, '--passWithNoTests', '--json', '--outputFile', results];
  const { ok } = await run({ name, command: [...jest, ...jestArguments], limit_s: LIMIT_S, results });
  return ok ? 0 : 1;
}

function browserIsThere() {
  const path = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
  if (existsSync(path)) return true;
  process.stderr.write(`Browser journeys: skipped, no browser at ${path}. Install Chromium (Debian: apt-get install chromium), or set CHROMIUM_PATH.\n`);
  return false;
}
