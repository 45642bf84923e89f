/** Is it a name of the IANA time zone database ("Europe/Berlin", "UTC")? Offsets ("+01:00"), which Intl takes too, are not. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z][\w+-]*(\/[\w+-]+)*$/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false; // RangeError: no such zone
  }
}
