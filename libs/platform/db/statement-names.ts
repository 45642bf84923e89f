import { Refused } from './errors.js';

/** A named statement costs the server about 55 kB (measured), so a connection keeps this many; the oldest is closed. */
export const MAX_NAMES = 200;

/**
 * The statements one connection has prepared, as far as we know: the server may have lost them (DISCARD ALL by a pooler) or hold
 * others, which its errors tell.
 */
export class StatementNames {
  /** Name → text, least recently used first. */
  readonly #texts = new Map<string, string>();
  /** Names to close before the next statement. */
  readonly #stale = new Set<string>();

  get size(): number {
    return this.#texts.size;
  }

  /** A name stands for one text. Called before anything changes. */
  check(name: string, text: string): void {
    if ((this.#texts.get(name) ?? text) !== text) throw new Refused(`statement name ${name} has two texts`);
  }

  /** Marks the name as used now. true: it has to be parsed. */
  use(name: string, text: string): boolean {
    const known = this.#texts.delete(name);
    this.#texts.set(name, text);
    if (known) return false;
    const oldest = this.#texts.keys().next().value;
    if (this.#texts.size > MAX_NAMES && oldest !== undefined) this.forget(oldest);
    return true;
  }

  /** Its Parse did not arrive, or the server has lost it. Closing a name the server does not know is no error. */
  forget(name: string): void {
    this.#texts.delete(name);
    this.#stale.add(name);
  }

  /** After one lost statement all are suspect: the next would fail one after the other, each at the cost of a repetition. */
  forgetAll(): void {
    for (const name of this.#texts.keys()) this.forget(name);
  }

  /** Names to close now. They are not given a second time. */
  takeStale(): string[] {
    const names = [...this.#stale];
    this.#stale.clear();
    return names;
  }
}
