/** Figures of an hour, as the API counts them. */
export interface Hour {
  readonly at: string;
  readonly success: number;
  readonly dlq: number;
}
/** One bar; both heights are shares of the tallest bar of the day, 0 to 1. */
export interface Bar {
  readonly delivered: number;
  readonly failed: number;
}
const HOURS = 24;
const HOUR_MS = 3_600_000;

/** The last 24 hours, oldest first, the one that runs now last. An hour that the API leaves out had nothing. */
export function sparkBars(hours: readonly Hour[], now: number): Bar[] {
  const by = new Map(hours.map((hour) => [Math.floor(new Date(hour.at).getTime() / HOUR_MS), hour]));
  const last = Math.floor(now / HOUR_MS);
  const day = Array.from({ length: HOURS }, (_, n) => by.get(last - HOURS + 1 + n) ?? { success: 0, dlq: 0 });
  const tallest = Math.max(1, ...day.map(({ success, dlq }) => success + dlq));
  return day.map(({ success, dlq }) => ({ delivered: success / tallest, failed: dlq / tallest }));
}

/** A share as `98.2 %`. It says 100 only when all of them came through, and 0 only when none did. */
export function percentText(share: number, format: (value: number) => string): string {
  const rounded = Math.round(share * 1000) / 10;
  const honest = share < 1 && rounded === 100 ? 99.9 : share > 0 && rounded === 0 ? 0.1 : rounded;
  return `${format(honest)} %`;
}
