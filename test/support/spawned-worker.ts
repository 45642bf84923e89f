import { spawn, type ChildProcess } from 'node:child_process';
import type { TestDatabase } from './database.js';
import { eventually } from './eventually.js';
import { freePort } from './served-world.js';

const START_MS = 30_000;
const running = new Set<SpawnedWorker>();

/**
 * One worker of the product in a process of its own, compiled, over a database that no other spec has: outside production a start gives the
 * roles of the server their passwords. May send to loopback, which one in production never may.
 */
export class SpawnedWorker {
  /** What it has logged, warnings and worse. */
  said = '';
  private constructor(
    private readonly child: ChildProcess,
    private readonly port: number,
  ) {
    running.add(this);
    child.once('exit', () => running.delete(this));
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => (this.said = (this.said + chunk.toString()).slice(-20_000)));
  }

  /** Resolves when it is ready. */
  static async start({ superUrl }: TestDatabase, data: string, env: Readonly<Record<string, string>> = {}): Promise<SpawnedWorker> {
    const port = await freePort();
    const child = spawn(process.execPath, ['dist/apps/api/src/worker.js'], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: process.env['PATH'],
        NODE_ENV: 'test',
        DATABASE_URL: superUrl,
        JWT_SECRET: 'jwt-secret-of-the-tests-0123456789abcdef',
        ENCRYPTION_KEY: 'ab'.repeat(32),
        WEBHOOK_ALLOWED_CIDRS: '127.0.0.1/32',
        WORKER_PORT: String(port),
        METRICS_PORT: '0',
        TENANTRY_DATA: data,
        TENANTRY_BUILD: 'test',
        LOG_FORMAT: 'json',
        LOG_LEVEL: 'warn',
        ...env,
      },
    });
    const worker = new SpawnedWorker(child, port);
    await eventually(async () => {
      if (child.exitCode !== null) throw new Error(`the worker ended with ${child.exitCode}: ${worker.said}`);
      return (await fetch(`http://127.0.0.1:${worker.port}/readyz`)).ok;
    }, START_MS);
    return worker;
  }

  /** Lines of it, without those of statements that a busy machine made slow. */
  get complaints(): string[] {
    return this.said.split('\n').filter((line) => line !== '' && !line.includes('"slow_query"'));
  }

  get isRunning(): boolean {
    return running.has(this);
  }

  /** SIGTERM. @returns its exit code, and how many ms it took */
  async stop(): Promise<{ code: number | null; took_ms: number }> {
    const begun = performance.now();
    return { code: await this.signal('SIGTERM'), took_ms: performance.now() - begun };
  }
  async kill(): Promise<void> {
    await this.signal('SIGKILL');
  }

  private async signal(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
    if (!this.isRunning) throw new Error(`the worker ended by itself: ${this.said}`);
    const ended = new Promise<number | null>((resolve) => this.child.once('exit', resolve));
    this.child.kill(signal);
    return ended;
  }
}

/** After a failed test too: none survives it. */
export const killWorkers = (): Promise<unknown> => Promise.all([...running].map((worker) => worker.kill()));
