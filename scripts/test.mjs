// npm test [-- jest arguments]: every kind of test that needs nothing installed. `node scripts/test.mjs <project>…` runs some kinds.
// Results go to test/.results/<run>.json, where `npm run acceptance` and `npm run ci` read them.
// Job tests run on both backends by themselves where redis-server is installed, and say so where it is not.
import { join } from 'node:path';
import { browserIsThere, CHROMIUM } from './browser.mjs';
import { build } from './start.mjs';
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
  if (selected.includes('browser') && !browserIsThere()) {
    process.stderr.write(
      `Browser journeys: skipped, no browser at ${CHROMIUM}. Install Chromium (Debian: apt-get install chromium), or set CHROMIUM_PATH.\n`,
    );
    return process.env.CI ? 1 : 0;
  }
  try {
    if (selected.some((project) => SPAWNING.has(project))) build({ web: selected.includes('browser') });
  } catch (error) {
    process.stderr.write(`It does not build (${error.message.split('\n')[0]}): npm run typecheck says where.\n`);
    return 1;
  }
  const results = join(RESULTS, `${name}.json`);
  const jest = [
    'node',
    'node_modules/jest/bin/jest.js',
    '--selectProjects',
    ...selected,
    '--passWithNoTests',
    '--json',
    '--outputFile',
    results,
  ];
  const { ok } = await run({ name, command: [...jest, ...jestArguments], limit_s: LIMIT_S, results });
  return ok ? 0 : 1;
}
