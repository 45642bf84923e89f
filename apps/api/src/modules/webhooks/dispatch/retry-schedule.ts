const MOST_MS = 12 * 3_600_000;
const FACTOR = 5;
const JITTER = 0.1;

export interface RetryTerms {
  /** Failed sends since the delivery was queued, this one included: 1 for the first. */
  readonly failures: number;
  /** `WEBHOOK_RETRY_DELAYS` in ms: after the first failure, the second, … */
  readonly delays: readonly number[];
  /** What the receiver asked for. */
  readonly retry_after_ms: number | null;
  /** 0 to 1: so that what failed together does not come back together. */
  readonly random: number;
}

/**
 * Wait in ms before the next send: 1 s, 5 s, 25 s, beyond the list five times the one before, at most 12 h; then up to a tenth more, never
 * less. Retry-After counts where it asks for longer.
 */
export function retryDelayMs({ failures, delays, retry_after_ms, random }: RetryTerms): number {
  const planned = plannedMs(failures, delays);
  return Math.ceil(Math.max(planned * (1 + JITTER * random), retry_after_ms ?? 0));
}

function plannedMs(failures: number, delays: readonly number[]): number {
  const listed = delays[failures - 1];
  if (listed !== undefined) return Math.min(listed, MOST_MS);
  return Math.min((delays.at(-1) ?? 1_000) * FACTOR ** (failures - Math.max(1, delays.length)), MOST_MS);
}
