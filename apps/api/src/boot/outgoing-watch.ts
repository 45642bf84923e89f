type Stop = (grace_ms: number) => Promise<void>;

export interface OutgoingWatchTerms {
  /** null: what goes out may go out. */
  restoredSince(): Promise<Date | null>;
  /** Starts what sends. @returns how to stop it */
  start(): Promise<Stop>;
  readonly every_ms: number;
  /** It is closed: told each time that it was looked at. */
  closed(since: Date): void;
  failed(error: unknown): void;
}

/** What is under way when a database turns out to be another one. */
const GRACE_MS = 20_000;

/** Lets what sends run while the database is the one that was activated. A question that fails changes nothing. */
export class OutgoingWatch {
  #stopWork: Stop | null = null;
  #timer: NodeJS.Timeout | null = null;
  #looking: Promise<void> = Promise.resolve();
  #isEnded = false;

  constructor(private readonly terms: OutgoingWatchTerms) {}

  /** @throws what the first question, or starting, throws */
  async start(): Promise<void> {
    await this.#look();
    this.#arm();
  }

  async stop(grace_ms: number): Promise<void> {
    this.#isEnded = true;
    if (this.#timer) clearTimeout(this.#timer);
    await this.#looking;
    await this.#stopWork?.(grace_ms);
    this.#stopWork = null;
  }

  #arm(): void {
    if (this.#isEnded) return;
    this.#timer = setTimeout(() => {
      this.#looking = this.#look()
        .catch((error: unknown) => this.terms.failed(error))
        .then(() => this.#arm());
    }, this.terms.every_ms).unref();
  }

  async #look(): Promise<void> {
    const since = await this.terms.restoredSince();
    if (since === null) {
      this.#stopWork ??= await this.terms.start();
      return;
    }
    this.terms.closed(since);
    const stop = this.#stopWork;
    this.#stopWork = null;
    await stop?.(GRACE_MS);
  }
}
