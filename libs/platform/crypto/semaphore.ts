/** Thrown by `Semaphore.run` when no place became free in time. */
export class SemaphoreTimeout extends Error {
  constructor(wait_ms: number) {
    super(`no free place within ${wait_ms} ms`);
    this.name = 'SemaphoreTimeout';
  }
}

interface Waiter {
  readonly start: () => void;
  readonly timer: NodeJS.Timeout;
}

/** At most `places` pieces of work at a time; the others wait in order, each at most `wait_ms`. */
export class Semaphore {
  private free: number;
  private readonly waiting = new Set<Waiter>();

  constructor(
    places: number,
    private readonly wait_ms: number,
  ) {
    this.free = places;
  }

  /** @throws SemaphoreTimeout; the work was then never started */
  async run<T>(work: () => Promise<T>): Promise<T> {
    await this.enter();
    try {
      return await work();
    } finally {
      this.leave();
    }
  }

  private enter(): Promise<void> {
    if (this.free > 0) {
      this.free -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(waiter);
        reject(new SemaphoreTimeout(this.wait_ms));
      }, this.wait_ms);
      const waiter: Waiter = { start: resolve, timer };
      this.waiting.add(waiter);
    });
  }

  private leave(): void {
    const [next] = this.waiting;
    if (!next) {
      this.free += 1;
      return;
    }
    this.waiting.delete(next);
    clearTimeout(next.timer);
    next.start();
  }
}
