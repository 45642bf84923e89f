import { inspect } from 'node:util';
import type { StatementLabel } from './sql.js';

/** What libs/platform/metrics hangs on a pool. Called on the hot path: must be cheap and must not throw. */
export interface DbObserver {
  /** A statement of a caller has come back, or failed; without the wait for a connection. */
  query(sql: StatementLabel, seconds: number, error?: unknown): void;
  /** Above `slow_ms` (100). */
  slow(sql: StatementLabel, ms: number): void;
  /** One round trip. */
  sync(): void;
  /** A statement or a whole `work` runs again: deadlock, serialization, lost statement, stale rights. */
  repeated(): void;
  /** A connection came back with work left open and was closed; `place` is its last statement. */
  destroyed(place: string): void;
}

export const NO_OBSERVER: DbObserver = { query() {}, slow() {}, sync() {}, repeated() {}, destroyed() {} };

/** The part of pino that the pool needs. */
export interface DbLogger {
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
}

const toStderr = (fields: Readonly<Record<string, unknown>>, message: string): void =>
  void process.stderr.write(`${message} ${inspect(fields)}\n`);
/** Where no logger is given: scripts and tests. */
export const STDERR_LOGGER: DbLogger = { error: toStderr, warn: toStderr };

/** Gauges of one pool. `waiting` are callers without a connection. */
export interface PoolGauges {
  readonly total: number;
  readonly idle: number;
  readonly waiting: number;
  readonly named_statements: number;
}

/** Runs `work` and tells its time and its failure. */
export async function observed<T>(
  settings: { observer: DbObserver; slow_ms: number },
  sql: StatementLabel,
  work: () => Promise<T>,
): Promise<T> {
  const started = performance.now();
  let failure: unknown;
  try {
    return await work();
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    const ms = performance.now() - started;
    settings.observer.query(sql, ms / 1000, failure);
    if (ms > settings.slow_ms) settings.observer.slow(sql, ms);
  }
}
