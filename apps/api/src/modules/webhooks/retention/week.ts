const WEEK_MS = 7 * 86_400_000;

/** `webhook_deliveries_2026_01_05`: the first moment after that week. The name of a partition that spans several is that of its last. */
export function endOf(week: string): Date {
  const [, day] = /_(\d{4}_\d{2}_\d{2})$/.exec(week) ?? [];
  if (day === undefined) throw new Error(`${week} is not named by a week`);
  return new Date(Date.parse(`${day.replaceAll('_', '-')}T00:00:00Z`) + WEEK_MS);
}
