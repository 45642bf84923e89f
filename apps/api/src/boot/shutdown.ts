import { setTimeout as wait } from 'node:timers/promises';
import type { Config } from '#platform/config/index.js';
import type { Logger } from '#platform/logging/index.js';

interface Step {
  readonly name: string;
  readonly stop: () => unknown;
}

/**
 * What is closed, in which order, and by when. First readiness says no, then what takes work stops, then what work stands on. Past
 * SHUTDOWN_GRACE_MS the process ends with exit code 1 and the names of what hung; a second signal ends it at once.
 */
export class Shutdown {
  private readonly begin: Step[] = [];
  private readonly middle: Step[] = [];
  private readonly end: Step[] = [];
  private running: Promise<void> | null = null;
  private current = '';

  constructor(private readonly config: Pick<Config, 'shutdown_drain_ms' | 'shutdown_grace_ms'>) {}

  first(name: string, stop: () => unknown): void {
    this.begin.push({ name, stop });
  }
  /** Closed in reverse order of adding. */
  add(name: string, stop: () => unknown): void {
    this.middle.unshift({ name, stop });
  }
  /** After everything that was added; in reverse order too. */
  last(name: string, stop: () => unknown): void {
    this.end.unshift({ name, stop });
  }

  run(): Promise<void> {
    return (this.running ??= this.close());
  }

  /** Signals and defects that nobody caught take the same way out. */
  watch(logger: Logger): void {
    const leave = (code: number): void => {
      if (this.running) process.exit(code || 1);
      const limit = setTimeout(() => {
        logger.error({ hung: this.current }, 'shutdown took too long');
        process.exit(1);
      }, this.config.shutdown_grace_ms);
      limit.unref();
      this.run().then(
        () => process.exit(code),
        (error: unknown) => {
          logger.error({ err: error }, 'shutdown failed');
          process.exit(1);
        },
      );
    };
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => leave(0));
    for (const event of ['uncaughtException', 'unhandledRejection'] as const)
      process.on(event, (error: unknown) => {
        logger.error({ err: error }, event);
        leave(1);
      });
  }

  private async close(): Promise<void> {
    for (const step of this.begin) await this.step(step);
    if (this.config.shutdown_drain_ms) await wait(this.config.shutdown_drain_ms);
    let failure: unknown = null;
    for (const step of [...this.middle, ...this.end]) await this.step(step).catch((error: unknown) => (failure ??= error));
    if (failure) throw failure;
  }

  private async step({ name, stop }: Step): Promise<void> {
    this.current = name;
    await stop();
  }
}
