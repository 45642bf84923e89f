import { type ChildProcess, type SpawnOptions, execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bornOf, isPostgres, signal } from '../../libs/platform/embedded/process-identity.js';
import type { Held, HoldOptions } from './hold-postgres.js';

/** One start in a process of its own. `held` when it serves; `code` and `said` (stderr) when it ended. */
export type Start = {
  process: ChildProcess;
  held?: Held;
  code?: number | null;
  said: string;
  /** When it has ended and all it said is read. */
  ended: Promise<void>;
  end(): Promise<Start>;
  kill(): Promise<Start>;
};

export const BUILT = path.resolve('dist/faults');
const PROGRAM = path.join(BUILT, 'test/support/hold-postgres.js');
const started: Start[] = [];

/** Compiles the holder and what it imports (0.3 s), apart from `dist/` itself, which may be stale or absent. Inside the clone for `pg`. */
export function buildHolder(): void {
  const options = { outDir: '.', rootDir: '../..', incremental: false, tsBuildInfoFile: null, sourceMap: false };
  fs.mkdirSync(BUILT, { recursive: true });
  fs.writeFileSync(
    path.join(BUILT, 'tsconfig.json'),
    JSON.stringify({
      extends: '../../tsconfig.json',
      compilerOptions: options,
      include: [],
      files: ['../../test/support/hold-postgres.ts', '../../test/support/throwaway-server.ts'],
    }),
  );
  execFileSync(process.execPath, ['node_modules/tsc7/bin/tsc', '-p', BUILT], { stdio: 'pipe' });
}

/** Resolves when the start serves, or when it has ended. */
export async function start(options: HoldOptions, how: SpawnOptions = {}): Promise<Start> {
  const launched = launch(options, how);
  await launched.settled;
  return launched;
}

/** A start to be killed on the way. `settled` as in `start`. */
export function launch(options: HoldOptions, how: SpawnOptions = {}): Start & { settled: Promise<void> } {
  // detached: it leads a process group of its own, as it would on a terminal
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify(options)], { stdio: 'pipe', detached: true, ...how });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const result: Start = {
    process: child,
    said: '',
    ended,
    end: async () => {
      child.stdin?.end();
      await ended;
      return result;
    },
    kill: async () => {
      process.kill(-(child.pid ?? NaN), 'SIGKILL');
      await ended;
      return result;
    },
  };
  started.push(result);
  child.stderr?.on('data', (text) => (result.said += String(text)));
  child.once('exit', (code) => (result.code = code));
  const serves = new Promise<void>((resolve) => {
    let output = '';
    child.stdout?.on('data', (text) => {
      output += String(text);
      if (result.held !== undefined || !output.includes('\n')) return;
      result.held = JSON.parse(output) as Held;
      resolve();
    });
  });
  return Object.assign(result, { settled: Promise.race([serves, ended]) });
}

/** The held server of a start that was expected to serve; else an error with what it said. */
export function serving({ held, code, said }: Start): Held {
  if (held === undefined) throw new Error(`expected a server, but the start ended with ${code}: ${said}`);
  return held;
}

/** A fresh directory that the account of the database may traverse. */
export function freshRoot(): string {
  const root = fs.mkdtempSync(path.join(fs.realpathSync(os.tmpdir()), 'tenantry-faults-'));
  fs.chmodSync(root, 0o711);
  return root;
}

/** Fills `root` with the data of a first start that was stopped in order. Made once a file; a copy takes a tenth of an initdb. */
export async function copyData(template: string, root: string): Promise<void> {
  if (!fs.existsSync(path.join(template, '.data'))) {
    const first = await start({ root: template });
    serving(first);
    await first.end();
  }
  execFileSync('cp', ['-a', path.join(template, '.data'), root]);
}

/** After a failed test too: nothing that a test started survives it. */
export async function endAll(): Promise<void> {
  for (const { process: child, held } of started.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    if (held === undefined) continue;
    if (isPostgres(held.pid)) signal(held.pid, 'SIGQUIT');
    await gone(held.pid);
  }
}

/** A zombie does not run: an orphan's is there until the init process collects it. */
export function isRunning(pid: number): boolean {
  return bornOf(pid) !== null;
}

/** Waits until it ended; throws when it does not. */
export async function gone(pid: number, patience_ms = 10_000): Promise<void> {
  for (const deadline = Date.now() + patience_ms; isRunning(pid); await sleep(20)) {
    if (Date.now() > deadline) throw new Error(`process ${pid} still runs after ${patience_ms} ms`);
  }
}
