import { ERRORS, Problem } from '#contracts/errors.js';

/** What is kept of a failure in the row: a code and a sentence that the code's author wrote. The rest goes to the log only. */
export interface KeptError {
  readonly code: string;
  readonly message: string;
}

/** A failure that a job's author has words for. `final`: another attempt would not help. */
export class JobError extends Error {
  readonly final: boolean;
  constructor(
    readonly code: string,
    message: string,
    options: ErrorOptions & { final?: true } = {},
  ) {
    super(message, options);
    this.name = 'JobError';
    this.final = options.final ?? false;
  }
}

/** The fence moved on: another worker has the row, so nothing of this run may be written. */
export class LeaseLost extends Error {
  constructor(name: string) {
    super(`${name}: the lease was lost`);
    this.name = 'LeaseLost';
  }
}

/** Refusals that time does not heal. Everything else of 4xx can be a state that passes (a tenant not ready, a limit). */
const FINAL_CODES: ReadonlySet<string> = new Set(['permission_denied', 'not_found', 'validation_failed', 'unauthenticated']);

export function isFinal(error: unknown): boolean {
  if (error instanceof JobError) return error.final;
  return error instanceof Problem && FINAL_CODES.has(error.code);
}

/** Codes of Node and SQLSTATEs: bounded words, no values. */
const SYSTEM_CODE = /^[A-Z0-9_]{3,40}$/;

/** Never the message of an unknown error: it may quote a value or an address. */
export function keptError(error: unknown): KeptError {
  if (error instanceof Problem) return { code: error.code, message: ERRORS[error.code].sentence };
  if (error instanceof JobError) return { code: error.code, message: error.message.slice(0, 300) };
  const code = (error as { code?: unknown } | null)?.code;
  const name = error instanceof Error ? error.name : typeof error;
  return { code: typeof code === 'string' && SYSTEM_CODE.test(code) ? code.toLowerCase() : 'internal', message: name };
}
