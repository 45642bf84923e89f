// Steps of the gates: a command with a name, a limit of time and an end that is counted. Nothing here may hang for ever.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url)).replace(/[\\/]$/, '');
export const RESULTS = join(ROOT, 'test/.results');
const KILL_AFTER_MS = 10_000;

/**
 * @typedef {object} Step
 * @property {string} name
 * @property {readonly string[]} command program and arguments; `node` is this Node
 * @property {number} [limit_s] seconds until the step and all its children are stopped (default 300)
 * @property {Record<string, string | undefined>} [env] added to the environment
 * @property {string} [results] file that jest writes (`--outputFile`): then its tests are counted, else the step counts as one
 *
 * @typedef {object} Ended
 * @property {string} name
 * @property {boolean} ok
 * @property {number} passed
 * @property {number} failed
 * @property {number} seconds
 * @property {string} output all it printed, when it was not shown at once
 */

const running = new Set();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
  process.on(signal, () => {
    for (const child of running) killGroup(child, 'SIGKILL');
    process.exit(130);
  });

/** Each step leads a process group, so that what it started ends with it. */
function killGroup(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch {
    child.kill(signal); // the group is gone already, or this system has none
  }
}

/**
 * Runs one step.
 * @param {Step} step
 * @param {{ show?: boolean }} [how] show: output goes straight to ours, else it is kept for the caller
 * @returns {Promise<Ended>}
 */
export async function run({ name, command, limit_s = 300, env = {}, results }, { show = true } = {}) {
  if (results) {
    mkdirSync(dirname(results), { recursive: true });
    rmSync(results, { force: true });
  }
  const started = performance.now();
  const [program, ...args] = command;
  const child = spawn(program === 'node' ? process.execPath : program, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    detached: true,
    stdio: ['ignore', show ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'],
  });
  running.add(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += chunk));
  const stopAt = (ms, signal, words) =>
    setTimeout(() => {
      output += words;
      if (show) process.stderr.write(words);
      killGroup(child, signal);
    }, ms);
  const timers = [
    stopAt(limit_s * 1_000, 'SIGTERM', `\n${name}: stopped after ${limit_s} s\n`),
    stopAt(limit_s * 1_000 + KILL_AFTER_MS, 'SIGKILL', `\n${name}: killed\n`),
  ];
  const code = await new Promise((resolve) => {
    child.once('error', (error) => {
      output += `${error.message}\n`;
      if (show) process.stderr.write(`${name}: ${error.message}\n`);
      resolve(127);
    });
    // `exit`, not `close`: a grandchild that keeps our pipe open must not keep us.
    child.once('exit', (status, signal) => setTimeout(() => resolve(signal ? 128 : status), show ? 0 : 50));
  });
  for (const timer of timers) clearTimeout(timer);
  running.delete(child);
  if (child.pid !== undefined) killLeftovers(child);
  const counted = results ? countTests(results, code === 0) : { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1 };
  return { name, ok: code === 0 && counted.failed === 0, ...counted, seconds: (performance.now() - started) / 1_000, output };
}

/** A step that has ended leaves nothing behind. */
function killLeftovers(child) {
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // nothing was left: the usual case
  }
}

/** The numbers of one jest run. A file that could not run is one failure; a run that failed without saying why is one, too. */
export function countTests(file, succeeded) {
  let report;
  try {
    report = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return { passed: 0, failed: 1 };
  }
  const failed = report.numFailedTests + report.numRuntimeErrorTestSuites;
  return { passed: report.numPassedTests, failed: failed === 0 && !succeeded ? 1 : failed };
}

/** `  12.3 s  ok      lint` */
export const line = ({ name, ok, seconds, passed, failed }) =>
  `${seconds.toFixed(1).padStart(6)} s  ${ok ? 'ok    ' : 'FAILED'}  ${name}${passed + failed > 1 ? `  (${passed} passed, ${failed} failed)` : ''}`;

/**
 * Runs quiet steps, `width` at a time, and prints each as it ends; the output of one that failed follows its line.
 * @param {readonly Step[]} steps
 * @returns {Promise<Ended[]>}
 */
export async function runQuietly(steps, width = 2) {
  const waiting = [...steps];
  const ended = [];
  const lane = async () => {
    for (let step = waiting.shift(); step; step = waiting.shift()) {
      const result = await run(step, { show: false });
      ended.push(result);
      process.stdout.write(`${line(result)}\n${result.ok ? '' : `${result.output.trimEnd()}\n\n`}`);
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  return ended;
}
