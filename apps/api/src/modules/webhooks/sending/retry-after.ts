const MAX_MS = 12 * 60 * 60 * 1_000;
/** The one form of date that RFC 9110 §5.6.7 lets a server send. */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

interface AnswerHeaders {
  readonly 'retry-after'?: string;
  readonly date?: string;
}

/**
 * How long a receiver asks us to wait, in ms, at most 12 h. null: it asks for nothing (missing, negative, past, or nothing we understand).
 * `retryAfterMs({ 'retry-after': '120' }, now)` → 120000. A date is counted from the receiver's own `Date`, so that neither its clock nor
 * ours has to be right; `now_ms`: our clock when the answer came, for a receiver that sends none.
 */
export function retryAfterMs({ 'retry-after': value, date }: AnswerHeaders, now_ms: number): number | null {
  const text = value?.trim() ?? '';
  const ms = /^\d+$/.test(text) ? Number(text) * 1_000 : (dateMs(text) ?? Number.NaN) - (dateMs(date?.trim() ?? '') ?? now_ms);
  return ms > 0 ? Math.min(ms, MAX_MS) : null;
}

function dateMs(text: string): number | null {
  const ms = HTTP_DATE.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? null : ms;
}
