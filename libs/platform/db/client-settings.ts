import type { DbObserver } from './observer.js';

/** What a pool tells each of its connections. */
export interface ClientSettings {
  readonly observer: DbObserver;
  /** DB_PREPARED=off: no names at all, ours included (PgBouncer before 1.21). */
  readonly prepared: boolean;
  /** What happens to a second statement while one runs: a mistake, told at once in development and tests, waited out in production. */
  readonly onSecondQuery: 'throw' | 'wait';
  readonly slow_ms: number;
  /** Is TypeORM asking its questions of the start? Then they pass without a scope. */
  isStarting(): boolean;
}
