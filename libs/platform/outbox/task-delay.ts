export const TASK_MAX_ATTEMPTS = 8;

/** Wait in ms after attempt `attempt` (1-based) of an event task has failed: 5ⁿ seconds. null: it is parked. */
export function taskDelay(attempt: number, unit_ms = 1_000): number | null {
  return attempt >= TASK_MAX_ATTEMPTS ? null : unit_ms * 5 ** attempt;
}
