import { setTimeout as wait } from 'node:timers/promises';

const STEP_MS = 20;

/** Repeats `check` until it no longer throws (and is not false), or gives its last failure after `patience_ms`. Instead of a sleep. */
export async function eventually<T>(check: () => T | Promise<T>, patience_ms = 2_000): Promise<T> {
  const end = performance.now() + patience_ms;
  for (;;) {
    try {
      const value = await check();
      if (value !== false) return value;
      if (performance.now() > end) throw new Error(`still false after ${patience_ms} ms`);
    } catch (error) {
      if (performance.now() > end) throw error;
    }
    await wait(STEP_MS);
  }
}
