const MAX = 40;

/** A subdomain to begin with: `Northwind Traders GmbH` → `northwind-traders-gmbh`. May be empty; the form checks it like a typed one. */
export function slugOf(name: string): string {
  return name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/ß/g, 'ss')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, MAX)
    .replace(/^-+|-+$/g, '');
}
