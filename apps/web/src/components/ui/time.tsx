import { exactTime, relativeTime, shortTime } from '../../lib/format';

/** Relative by default, exact with its zone on hover and focus. */
export function Time({ at, zone, form = 'relative' }: { at: string | null | undefined; zone?: string; form?: 'relative' | 'short' }) {
  if (at === null || at === undefined) return <span aria-hidden>–</span>;
  return (
    <time dateTime={at} tabIndex={0} data-tip={exactTime(at, zone)} data-tip-side="end">
      {form === 'short' ? shortTime(at, zone) : relativeTime(at)}
    </time>
  );
}
