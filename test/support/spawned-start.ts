import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { isPostgres, signal } from '../../libs/platform/embedded/process-identity.js';
import { gone, isRunning } from './spawned-postgres.js';

type Environment = Readonly<Record<string, string>>;
interface StartOptions {
  readonly flags?: readonly string[];
  readonly env?: Environment;
}

/** One `npm start` in a process of its own, with nothing of our environment but what Node and PostgreSQL need. */
export class SpawnedStart {
  /** Standard output and standard error, as far as they have come. */
  out = '';
  said = '';
  code: number | null | undefined;
  readonly ended: Promise<void>;
  private readonly child: ChildProcess;
  private readonly greeted: Promise<void>;

  /** Neither waits nor throws: for starts that are expected to end by themselves, and for two at once. */
  constructor({ flags = [], env = {} }: StartOptions = {}) {
    const { PATH = '', HOME = '', TMPDIR } = process.env;
    this.child = spawn(process.execPath, ['scripts/start.mjs', ...flags], {
      env: { PATH, HOME, ...(TMPDIR ? { TMPDIR } : {}), METRICS_PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true, // it leads a process group of its own, as on a terminal
    });
    started.add(this);
    this.ended = new Promise((resolve) => this.child.once('close', () => resolve()));
    this.child.once('exit', (code) => (this.code = code));
    this.child.stderr?.on('data', (text) => (this.said += String(text)));
    this.greeted = new Promise((resolve) =>
      this.child.stdout?.on('data', (text) => {
        this.out += String(text);
        if (this.out.includes('/api-docs\n')) resolve();
      }),
    );
  }

  /** Until its last line stands on the console. */
  async running(): Promise<this> {
    await Promise.race([this.greeted, this.ended]);
    if (this.code !== undefined) throw new Error(`expected a running product, but it ended with ${this.code}: ${this.said}${this.out}`);
    return this;
  }

  get pid(): number {
    return this.child.pid ?? NaN;
  }
  /** The address that it printed. */
  get url(): string {
    return /http:\/\/localhost:\d+/.exec(this.out)?.[0] ?? '';
  }

  /** SIGTERM, to the process alone. */
  async stop(): Promise<number | null | undefined> {
    this.child.kill('SIGTERM');
    await this.ended;
    return this.code;
  }
  /** `kill -9` of Node; its PostgreSQL goes on. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }
}

const started = new Set<SpawnedStart>();

/** After a failed test too: no Node and no PostgreSQL of these starts survives it. */
export async function endStarts(data: string): Promise<void> {
  for (const start of started) if (start.code === undefined && isRunning(start.pid)) await start.kill();
  started.clear();
  const pid = postgresOf(data);
  if (pid === null || !isPostgres(pid)) return;
  signal(pid, 'SIGQUIT');
  await gone(pid);
}

/** The process id in the lock file of the embedded server; null when there is none. */
export function postgresOf(data: string): number | null {
  try {
    return Number(readFileSync(path.join(data, 'postgres/postmaster.pid'), 'utf8').split('\n')[0]);
  } catch {
    return null; // stopped in order: it has removed the file
  }
}
