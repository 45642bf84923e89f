/** What a person may set about themselves. Pure. */

/** `de-at` → `de-AT`; null for what is no language tag (BCP 47). */
export function canonicalLocale(text: string): string | null {
  try {
    return Intl.getCanonicalLocales(text)[0] ?? null;
  } catch {
    return null; // a RangeError says that it is none
  }
}

/** True for a name of the IANA time zone database. Offsets like `+02:00` are not accepted: they know no summer time. */
export function isTimeZone(text: string): boolean {
  if (!/^[A-Za-z]/.test(text)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
