import { setTimeout as wait } from 'node:timers/promises';

export interface PumpTerms {
  /** One turn. @returns true: there is more, come again at once */
  turn(): Promise<boolean>;
  /** How long to wait without a kick. */
  readonly every_ms: number;
  /** Turns begin at least so far apart, so that a flood of kicks is one turn. A kick after a rest is served at once. */
  readonly gap_ms?: number;
  failed(error: unknown): void;
}

const AFTER_FAILURE_MS = { first: 500, most: 10_000 } as const;

/**
 * A loop that works while there is work, then sleeps until a kick or the next poll; after a failure it waits longer each time, kicks or
 * not, so that a database that is down is not hammered. `stop` waits for the turn under way.
 */
export class Pump {
  #loop: Promise<void> | null = null;
  #isStopped = false;
  #isKicked = false;
  #wakeUp: (() => void) | null = null;
  #failures = 0;
  #begun_ms = -Infinity;

  constructor(private readonly terms: PumpTerms) {}

  start(): void {
    if (this.#loop) return;
    this.#isStopped = false;
    this.#loop = this.#run();
  }

  kick(): void {
    this.#isKicked = true;
    if (this.#failures === 0) this.#wakeUp?.();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#wakeUp?.();
    await this.#loop;
    this.#loop = null;
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      this.#isKicked = false;
      this.#begun_ms = performance.now();
      const more = await this.#turn();
      if (!more && !this.#isStopped && !(this.#isKicked && this.#failures === 0)) await this.#sleep();
      const early_ms = this.#begun_ms + (this.terms.gap_ms ?? 0) - performance.now();
      if (early_ms > 0) await wait(early_ms);
    }
  }

  async #turn(): Promise<boolean> {
    try {
      const more = await this.terms.turn();
      this.#failures = 0;
      return more;
    } catch (error) {
      this.#failures += 1;
      this.terms.failed(error);
      return false;
    }
  }

  #sleep(): Promise<void> {
    const backoff = Math.min(AFTER_FAILURE_MS.most, AFTER_FAILURE_MS.first * 2 ** (this.#failures - 1)) * (0.5 + Math.random() / 2);
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#wakeUp = null;
        resolve();
      };
      const timer = setTimeout(done, this.#failures > 0 ? backoff : this.terms.every_ms);
      this.#wakeUp = done;
    });
  }
}
