/** Tenant slugs (subdomains). Pure; shared by API, SPA and tests. */
export const SLUG_PATTERN = /^[a-z0-9](?:-?[a-z0-9])*$/;

/** Labels that never name a tenant: our own hosts and the first segments of our paths. */
export const RESERVED_SLUGS: ReadonlySet<string> = new Set([
  'www', 'api', 'app', 'admin', 'ops', 'platform', 'static', 'assets', 'mail', 'status', 'docs', 'api-docs', 'health', 'healthz', 'readyz',
  'metrics', 'login', 'invite', 'reset', 'verify', 'forgot', 'account', 'select-tenant', 't', 'dev',
]); // prettier-ignore

/** Why a slug cannot be used, or null. */
export function slugProblem(slug: string, reserved: ReadonlySet<string> = RESERVED_SLUGS): 'slug_invalid' | 'slug_reserved' | null {
  if (slug.length < 1 || slug.length > 63 || !SLUG_PATTERN.test(slug)) return 'slug_invalid';
  return reserved.has(slug) ? 'slug_reserved' : null;
}
