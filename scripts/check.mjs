// npm run check: what to run before each commit. Under 20 seconds; needs no database and builds nothing.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { RESULTS, runQuietly } from './steps.mjs';

const jest = 'node_modules/jest/bin/jest.js';
const results = join(RESULTS, 'check.json');

/** Every check that is not a test. `npm run ci` runs these too, and counts each as one. */
export const CHECKS = [
  { name: 'lint', command: ['node', 'node_modules/oxlint/bin/oxlint', '--quiet'], limit_s: 60 },
  {
    name: 'format',
    command: ['node', 'node_modules/prettier/bin/prettier.cjs', '--check', '--cache', '--log-level', 'warn', '.'],
    limit_s: 120,
  },
  {
    name: 'types of the server and the tests',
    command: ['node', 'node_modules/tsc7/bin/tsc', '-p', 'tsconfig.json', '--noEmit'],
    limit_s: 120,
  },
  { name: 'types of the SPA', command: ['node', 'node_modules/tsc7/bin/tsc', '-p', 'apps/web/tsconfig.json'], limit_s: 120 },
  { name: 'dependency rules', command: ['node', 'scripts/arch.mjs'], limit_s: 120 },
];

/** Pure tests, and those that read the source tree. Saying that there is a server keeps jest's global set-up from starting one. */
const TESTS = {
  name: 'unit tests and rules over the source',
  command: [
    'node', jest, '--selectProjects', 'unit', 'web', 'architecture',
    '--testPathPatterns', '/libs/', '/apps/', '/test/architecture/source/', '--json', '--outputFile', results, '--silent',
  ], // prettier-ignore
  env: { TENANTRY_TEST_SERVER: 'none' },
  limit_s: 180,
  results,
};

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const started = performance.now();
  const ended = await runQuietly([TESTS, ...CHECKS]);
  const failed = ended.filter(({ ok }) => !ok).map(({ name }) => name);
  process.stdout.write(
    `${((performance.now() - started) / 1_000).toFixed(1).padStart(6)} s  ${failed.length === 0 ? 'all checks passed' : `failed: ${failed.join(', ')}`}\n`,
  );
  process.exitCode = failed.length === 0 ? 0 : 1;
}
