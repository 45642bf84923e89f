const LAST = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** The least id that something made at this time can have: a UUIDv7 begins with its milliseconds. */
export function firstIdOf(at: Date): string {
  const hex = Math.max(0, Math.floor(at.getTime())).toString(16).padStart(12, '0').slice(-12);
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}

/** Ids made from `since` on and before `until`; absent: no bound. */
export const idRange = (since: Date | null, until: Date | null): { from_id: string; below_id: string } => ({
  from_id: firstIdOf(since ?? new Date(0)),
  below_id: until === null ? LAST : firstIdOf(until),
});
