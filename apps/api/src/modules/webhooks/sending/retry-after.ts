const MAX_MS = 12 * 60 * 60 * 1_000;
/** The one form of date that RFC 9110 §5.6.7 lets a server send. */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/**
 * How long a receiver asks us to wait, in ms, at most 12 h. null: it asks for nothing (missing, negative, past, or nothing we understand).
 * `retryAfterMs('120', now)` → 120000; `now_ms`: our clock when the answer came.
 */
export function retryAfterMs(value: string | undefined, now_ms: number): number | null {
  const text = value?.trim() ?? '';
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : HTTP_DATE.test(text) ? Date.parse(text) - now_ms : Number.NaN;
  return ms > 0 ? Math.min(ms, MAX_MS) : null;
}
