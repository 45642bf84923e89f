import type pg from 'pg';

/**
 * The programmer broke a rule of the database layer (a query without a scope, COMMIT as text, a second query while one runs …).
 * Never a refusal to a client: the error filter answers 500. After some of them the connection is destroyed.
 */
export class Refused extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'Refused';
  }
}

/**
 * The opening statement of a batch found that the rights it was built from have changed, so nothing behind it ran. `TenantDb` asks
 * the scope to refresh and repeats once; outside `libs/platform/db` it is seen only by scopes that cannot.
 */
export class StaleAuthz extends Error {
  constructor(options?: ErrorOptions) {
    super('the rights of this scope have changed', options);
    this.name = 'StaleAuthz';
  }
}

/** TypeORM and we wrap errors, at most this deep. A bound, because `cause` may point in a circle. */
const MAX_DEPTH = 6;

function unwrap<E>(error: unknown, accept: (candidate: object) => E | null): E | null {
  let candidate: unknown = error;
  for (let depth = 0; depth < MAX_DEPTH && typeof candidate === 'object' && candidate !== null; depth++) {
    const found = accept(candidate);
    if (found !== null) return found;
    const { driverError, cause } = candidate as { driverError?: unknown; cause?: unknown };
    candidate = driverError ?? cause;
  }
  return null;
}

const SQLSTATE = /^[0-9A-Z]{5}$/;

/** The error of the server inside `error`: itself, TypeORM's `driverError`, or a `cause`. null if the server said nothing. */
export function databaseError(error: unknown): pg.DatabaseError | null {
  return unwrap(error, (candidate) => {
    const { code, severity } = candidate as { code?: unknown; severity?: unknown };
    // `severity` tells an SQLSTATE from system codes of five letters (EPIPE).
    return typeof code === 'string' && SQLSTATE.test(code) && typeof severity === 'string' ? (candidate as pg.DatabaseError) : null;
  });
}

/** `sqlState(error) === '23505'`. null if the error does not come from the server. */
export const sqlState = (error: unknown): string | null => databaseError(error)?.code ?? null;

/** Name of the constraint that refused a row (`stores_tenant_id_code_key`), which modules map to their codes. */
export const constraintName = (error: unknown): string | null => databaseError(error)?.constraint ?? null;

/** A row-level-security policy refused the row (42501 with that sentence; a missing grant has the same state). Always our defect. */
export function isPolicyViolation(error: unknown): boolean {
  const found = databaseError(error);
  return found?.code === '42501' && found.message.includes('row-level security');
}

/** The `StaleAuthz` inside `error`, which TypeORM may have wrapped. */
export const isStaleAuthz = (error: unknown): boolean =>
  unwrap(error, (candidate) => (candidate instanceof StaleAuthz ? true : null)) === true;

const LOST_SYSTEM_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]);
/** Sentences of pg 8.23 and pg-pool 3.14 for a connection that broke or could not be made. */
const LOST_SENTENCES =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|timeout expired|Connection ended)/i;

/** The connection could not be made or broke: whether the statement ran is unknown, and trying again may help. */
export function isConnectionLost(error: unknown): boolean {
  const found = unwrap(error, (candidate) => {
    const { code, message, severity } = candidate as { code?: unknown; message?: unknown; severity?: unknown };
    if (typeof code === 'string') {
      if (LOST_SYSTEM_CODES.has(code)) return true;
      // Class 08: connection; 57P01–57P03: shut down, crashed, cannot connect now; 53300: no connection left.
      if (typeof severity === 'string' && (code.startsWith('08') || /^57P0[1-3]$/.test(code) || code === '53300')) return true;
    }
    return typeof message === 'string' && LOST_SENTENCES.test(message) ? true : null;
  });
  return found === true;
}
