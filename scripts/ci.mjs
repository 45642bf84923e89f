// npm run ci: every gate, in order, with times. The last line is `N passed, N failed`: the tests of each jest run, and one for each other gate.
import { join } from 'node:path';
import { browserIsThere } from './browser.mjs';
import { CHECKS } from './check.mjs';
import { line, RESULTS, ROOT, run } from './steps.mjs';

const npm = (...words) => ['npm', 'run', '--silent', ...words];
const results = (name) => join(RESULTS, `${name}.json`);

/** Limits are far above what the steps need: they are for what hangs. */
const STEPS = [
  // The README's command: unit, web, contract, architecture (migrations up, down, up among it), api, jobs on both backends, isolation.
  { name: 'npm test', command: ['npm', 'test', '--silent'], limit_s: 2400, results: results('test') },
  // npm run check, but for its tests, which npm test has just run.
  ...CHECKS,
  { name: 'build', command: npm('build'), limit_s: 180 },
  { name: 'openapi.json and the client’s types are fresh', command: npm('openapi', '--', '--check'), limit_s: 120 },
  { name: 'configuration pages are fresh', command: npm('config:docs', '--', '--check'), limit_s: 60 },
  { name: 'module graph is fresh', command: npm('graph', '--', '--check'), limit_s: 60 },
  { name: 'faults: processes killed, stopped, cut', command: npm('test:faults'), limit_s: 1200, results: results('faults') },
  { name: 'browser journeys', command: npm('test:browser'), limit_s: 1200, results: results('browser') },
];

/** Without a browser outside CI the journeys are skipped: no results, so the step counts as the one command that it is. */
const withoutBrowser = (step) => (step.name !== 'browser journeys' || browserIsThere() ? step : { ...step, results: undefined });

const started = performance.now();
const ended = [];
for (const step of STEPS) {
  process.stdout.write(`\n=== ${step.name}\n`);
  const result = await run(withoutBrowser(step));
  process.stdout.write(`${line(result)}\n`);
  ended.push(result);
}

const sum = (key) => ended.reduce((total, result) => total + result[key], 0);
process.stdout.write(
  `\n=== gates of ${ROOT.split(/[\\/]/).pop()}\n${ended.map(line).join('\n')}\n${((performance.now() - started) / 60_000).toFixed(1).padStart(6)} min\n`,
);
await run({ name: 'acceptance', command: npm('acceptance', '--', '--summary'), limit_s: 60 });
process.exitCode = ended.every(({ ok }) => ok) ? 0 : 1;
process.stdout.write(`${sum('passed')} passed, ${sum('failed')} failed\n`);
