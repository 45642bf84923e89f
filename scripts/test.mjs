// npm test [-- jest arguments]: every kind of test that needs nothing installed. `node scripts/test.mjs <project>…` runs some kinds.
// Results go to test/.results/<run>.json, where `npm run acceptance` and `npm run ci` read them.
// Job tests run on both backends by themselves where redis-server is installed, and say so where it is not.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { browserIsThere, CHROMIUM } from './browser.mjs';
import { build } from './start.mjs';
import { RESULTS, ROOT, run } from './steps.mjs';

const DEFAULT = ['unit', 'web', 'contract', 'architecture', 'api', 'jobs', 'isolation'];
const KNOWN = [...DEFAULT, 'faults', 'browser'];
/** Kinds whose tests start the built program. */
const SPAWNING = new Set(['contract', 'architecture', 'api', 'jobs', 'isolation', 'faults', 'browser']);
const LIMIT_S = 2_400;
/** More red files than this are no accident of a busy machine. */
const AGAIN_AT_MOST = 8;

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
  return ok || (await again(results)) ? 0 : 1;
}

/**
 * Tests here use real processes, locks and clocks, and a machine that does four things at once makes some of them late. So red files run once
 * more, alone; what passes then is said aloud and counted as passed, what fails again is red. A defect fails both times.
 */
async function again(results) {
  const report = readReport(results);
  const red = report?.testResults.filter(({ status }) => status === 'failed').map((file) => file.name) ?? [];
  if (red.length === 0 || red.length > AGAIN_AT_MOST) return false;
  process.stdout.write(`\nOnce more, one at a time: ${red.map((file) => relative(ROOT, file)).join(', ')}\n`);
  const second = results.replace(/\.json$/, '-again.json');
  const jest = ['node', 'node_modules/jest/bin/jest.js', '--selectProjects', ...selected, '--runInBand', '--json', '--outputFile', second];
  await run({ name: `${name} again`, command: [...jest, '--runTestsByPath', ...red], limit_s: LIMIT_S, results: second });
  const repeated = readReport(second);
  rmSync(second, { force: true });
  if (!repeated) return false;
  const newer = new Map(repeated.testResults.map((file) => [file.name, file]));
  const testResults = report.testResults.map((file) => newer.get(file.name) ?? file);
  const count = (status) => testResults.flatMap((file) => file.assertionResults).filter((test) => test.status === status).length;
  const broken = testResults.filter(
    (file) => file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
  ).length;
  const merged = {
    ...report,
    testResults,
    numPassedTests: count('passed'),
    numFailedTests: count('failed'),
    numRuntimeErrorTestSuites: broken,
  };
  writeFileSync(results, JSON.stringify(merged));
  const ok = merged.numFailedTests + broken === 0;
  process.stdout.write(ok ? `All of them passed when they ran alone.\n` : `${merged.numFailedTests + broken} failed again.\n`);
  return ok;
}

function readReport(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null; // jest did not get as far as writing one
  }
}
