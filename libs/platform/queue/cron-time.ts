/** Minute, hour, day of month, month, day of week (0 and 7 are Sunday). */
const FIELDS = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of month', min: 1, max: 31 },
  { name: 'month', min: 1, max: 12 },
  { name: 'day of week', min: 0, max: 7 },
] as const;

/** 29 February is at most eight years away. */
const MAX_DAYS = 8 * 366 + 1;
const DAY_MS = 86_400_000;

export interface CronTimes {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly isDay: (date: Date) => boolean;
}

/** `30 2 * * 1-5`, with `*`, lists, ranges and steps. Throws a plain Error that names the field. */
export function parseCron(expression: string): CronTimes {
  const parts = expression.trim().split(/\s+/);
  if (parts.length !== FIELDS.length) throw new Error(`cron "${expression}": five fields, minute to day of week`);
  const [minutes, hours, days, months, weekdays] = parts.map((part, index) => parseField(expression, part, index)) as [
    Set<number>,
    Set<number>,
    Set<number>,
    Set<number>,
    Set<number>,
  ];
  if (weekdays.has(7)) weekdays.add(0);
  // As crontab(5) has it: two day fields that both say something are alternatives.
  const [anyDay, anyWeekday] = [parts[2]?.startsWith('*'), parts[4]?.startsWith('*')];
  const isDay = (date: Date): boolean => {
    const day = days.has(date.getUTCDate());
    const weekday = weekdays.has(date.getUTCDay());
    return months.has(date.getUTCMonth() + 1) && (anyDay || anyWeekday ? day && weekday : day || weekday);
  };
  return { minutes, hours, isDay };
}

/** The first time after `after`, in UTC, so there is no hour that happens twice or not at all. */
export function nextCron(expression: string, after: Date): Date {
  const { minutes, hours, isDay } = parseCron(expression);
  const start = Math.floor(after.getTime() / 60_000) * 60_000 + 60_000;
  const firstDay = Math.floor(start / DAY_MS) * DAY_MS;
  for (let day = 0; day < MAX_DAYS; day++) {
    const midnight = firstDay + day * DAY_MS;
    if (!isDay(new Date(midnight))) continue;
    for (const hour of ascending(hours)) {
      for (const minute of ascending(minutes)) {
        const time = midnight + hour * 3_600_000 + minute * 60_000;
        if (time >= start) return new Date(time);
      }
    }
  }
  throw new Error(`cron "${expression}" never comes`);
}

const ascending = (values: ReadonlySet<number>): number[] => [...values].sort((a, b) => a - b);

function parseField(expression: string, part: string, index: number): Set<number> {
  const field = FIELDS[index];
  const values = new Set<number>();
  for (const item of part.split(',')) {
    const match = /^(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:\/(\d{1,2}))?$/.exec(item);
    if (!field || !match) throw new Error(`cron "${expression}": ${field?.name} is "${item}"`);
    const [, low, high, step] = match;
    const from = low === undefined ? field.min : Number(low);
    const to = high !== undefined ? Number(high) : low === undefined || step !== undefined ? field.max : from;
    const by = step === undefined ? 1 : Number(step);
    if (from < field.min || to > field.max || from > to || by < 1) throw new Error(`cron "${expression}": ${field.name} is "${item}"`);
    for (let value = from; value <= to; value += by) values.add(value);
  }
  return values;
}
