/** Zones and currencies the browser knows; the value in use stays among them even when it does not. */
export const withCurrent = (known: readonly string[], current: string): string[] =>
  current === '' || known.includes(current) ? [...known] : [current, ...known];

export const zones = (current: string): string[] =>
  withCurrent(['UTC', ...Intl.supportedValuesOf('timeZone').filter((zone) => zone !== 'UTC')], current);
export const currencies = (current: string): string[] => withCurrent(Intl.supportedValuesOf('currency'), current);
