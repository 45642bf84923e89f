/** What a key can never carry, whoever makes it. */
const NEVER = new Set(['api_keys:write', 'users:admin', 'tenants:admin', 'billing:write']);

export const keyScopes = <T extends { permission_id: string }>(catalogue: readonly T[]): T[] =>
  catalogue.filter((row) => !NEVER.has(row.permission_id));

/** Networks as typed: by line, blank or comma, each once. */
export const networksOf = (typed: string): string[] => [...new Set(typed.split(/[\s,]+/).filter((part) => part !== ''))];

/** A call that works as it stands: who am I. The secret is a variable, so that it stays out of the shell's history. */
export const curlFor = (origin: string): string => `curl -s ${origin}/api/v1/auth/me \\\n  -H "Authorization: Bearer $TENANTRY_API_KEY"`;
