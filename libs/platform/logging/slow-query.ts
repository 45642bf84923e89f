import type { Logger } from './logger.js';

export const SLOW_QUERY_MS = 100;

/** `warn slow_query` with the place of the statement in our source, never its text or its parameters. */
export function logSlowQuery(logger: Logger, statement: string, ms: number): void {
  logger.warn({ statement, ms: Math.round(ms) }, 'slow_query');
}
