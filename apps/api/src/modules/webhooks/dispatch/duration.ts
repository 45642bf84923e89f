const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `5d`, `12h`, `30m`, `45s` in ms. The form was checked when the configuration was read. */
export const durationMs = (text: string): number => Number(text.slice(0, -1)) * UNITS[text.at(-1) as keyof typeof UNITS];

/** `2 days`, `5 hours`, `40 minutes`: for a sentence. */
export function inWords(ms: number): string {
  const [unit, name] =
    ms >= 2 * UNITS.d ? ([UNITS.d, 'day'] as const) : ms >= 2 * UNITS.h ? ([UNITS.h, 'hour'] as const) : ([UNITS.m, 'minute'] as const);
  const n = Math.max(1, Math.round(ms / unit));
  return `${n} ${name}${n === 1 ? '' : 's'}`;
}
