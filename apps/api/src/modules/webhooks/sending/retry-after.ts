/** What an answer may ask for; later than this a delivery is better replayed by hand. */
const MOST_MS = 12 * 3_600_000;

/** The three forms of RFC 9110 §5.6.7; `Date.parse` alone also takes `1.5` and `May`. */
const HTTP_DATE = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? .*\d\d:\d\d:\d\d/;

/**
 * Reads `Retry-After`: seconds or a date.
 * @param now_ms the host's clock, for a date
 * @returns ms from now, at most 12 h; null for nothing, garbage, the past and now
 */
export function retryAfterMs(value: string | undefined, now_ms: number): number | null {
  const text = value?.trim() ?? '';
  const wait = /^\d+$/.test(text) ? Number(text) * 1_000 : httpDate(text) - now_ms;
  return wait > 0 ? Math.min(wait, MOST_MS) : null;
}

/** The form without a zone (asctime) is in GMT as well. */
function httpDate(text: string): number {
  if (!HTTP_DATE.test(text)) return Number.NaN;
  return Date.parse(text.endsWith(' GMT') ? text : `${text} GMT`);
}
