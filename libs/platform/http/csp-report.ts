/** The two forms in which browsers report: `report-uri` (one object) and the Reporting API (a list). Pure. */
export function cspViolations(body: unknown): { directive: string; blocked: string }[] {
  const entries = Array.isArray(body) ? body.slice(0, 20).map((entry: unknown) => property(entry, 'body')) : [property(body, 'csp-report')];
  return entries.flatMap((entry) => {
    const directive =
      property(entry, 'effective-directive') ?? property(entry, 'effectiveDirective') ?? property(entry, 'violated-directive');
    if (typeof directive !== 'string') return [];
    const blocked = property(entry, 'blocked-uri') ?? property(entry, 'blockedURL');
    return [{ directive: directive.split(' ')[0] ?? '', blocked: originOf(blocked) }];
  });
}

const property = (value: unknown, name: string): unknown =>
  value !== null && typeof value === 'object' ? (value as Record<string, unknown>)[name] : undefined;

function originOf(url: unknown): string {
  if (typeof url !== 'string') return '';
  return URL.canParse(url) ? new URL(url).origin : url.slice(0, 20).replace(/[^a-z-]/gi, '');
}
