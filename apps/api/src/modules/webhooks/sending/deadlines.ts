/** How late a deadline may be noticed. */
const TICK_MS = 20;

/** What ends at a moment. */
export abstract class Timed {
  /** Its place in the wheel; `Deadlines` alone writes it. */
  tick: number | null = null;

  /** The moment has come. Must not throw. */
  abstract expired(): void;
}

/**
 * The deadlines of all sends on one timer: nearly every send ends long before its own, so what counts is the price of setting one and
 * taking it back. Never early; late by a tick at most, and by what the event loop is.
 */
export class Deadlines {
  readonly #due = new Map<number, Set<Timed>>();
  #timer: NodeJS.Timeout | null = null;
  /** The last tick that was looked at. */
  #passed = 0;

  /** @param at_ms by `performance.now()`. Set again, it moves. */
  set(timed: Timed, at_ms: number): void {
    this.clear(timed);
    this.#timer ??= this.#start();
    const tick = Math.max(this.#passed + 1, Math.ceil(at_ms / TICK_MS));
    timed.tick = tick;
    const others = this.#due.get(tick);
    if (others === undefined) this.#due.set(tick, new Set([timed]));
    else others.add(timed);
  }

  clear(timed: Timed): void {
    const { tick } = timed;
    if (tick === null) return;
    timed.tick = null;
    const others = this.#due.get(tick);
    others?.delete(timed);
    if (others?.size === 0) this.#due.delete(tick);
  }

  #start(): NodeJS.Timeout {
    this.#passed = currentTick();
    return setInterval(() => this.#turn(), TICK_MS);
  }

  #turn(): void {
    if (this.#due.size === 0 && this.#timer !== null) {
      clearInterval(this.#timer);
      this.#timer = null;
      return;
    }
    for (const current = currentTick(); this.#passed < current;) {
      this.#passed += 1;
      const due = this.#due.get(this.#passed);
      this.#due.delete(this.#passed);
      for (const timed of due ?? []) {
        timed.tick = null;
        timed.expired();
      }
    }
  }
}

const currentTick = (): number => Math.floor(performance.now() / TICK_MS);
