const LAST = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const HOUR_MS = 3_600_000;
const WEEK_MS = 7 * 24 * HOUR_MS;

/** The least id that something made at this time can have: a UUIDv7 begins with its milliseconds. */
export function firstIdOf(at: Date): string {
  const hex = Math.max(0, Math.floor(at.getTime())).toString(16).padStart(12, '0').slice(-12);
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}

export interface IdRange {
  readonly from_id: string;
  readonly below_id: string;
}

/** Ids made from `since` on and before `until`; absent: no bound. */
export const idRange = (since: Date | null, until: Date | null): IdRange => ({
  from_id: firstIdOf(since ?? new Date(0)),
  below_id: until === null ? LAST : firstIdOf(until),
});

/**
 * The end of a range, where its newest rows are: its last week, two partitions at most. Nothing is made in the future; an hour is for hosts
 * whose clock is ahead.
 */
export function lastWeekOf({ from_id, below_id }: IdRange, now: Date): IdRange {
  const soon = firstIdOf(new Date(now.getTime() + HOUR_MS));
  const top = below_id < soon ? below_id : soon;
  const from = firstIdOf(new Date(Number.parseInt(top.slice(0, 8) + top.slice(9, 13), 16) - WEEK_MS));
  return { from_id: from > from_id ? from : from_id, below_id: top };
}
