import { Problem } from '#contracts/errors.js';

/** What stands in the settings of a tenant for readers and is written elsewhere, with the route that does. */
const WRITTEN_AT: Readonly<Record<string, string>> = {
  subdomain: 'PATCH /platform/tenants/{tenant_id}',
  features: 'PATCH /tenant/settings { features }',
  modules: 'PATCH /tenant/settings { modules }',
  limits: 'PATCH /subscription',
  branding: 'PATCH /tenant { branding }',
  hosts: '/tenant/hosts',
  mfa_required: 'PATCH /tenant/settings { mfa_required }',
  api_key_hash: '/api-keys',
  api_key: '/api-keys',
  platform: 'staff alone',
};

/** @throws Problem unknown_setting with the route that writes what was meant, for the first name that is not a module's settings */
export function refuseDerived(settings: Readonly<Record<string, unknown>>, pointer: string): void {
  const found = Object.entries(settings).flatMap(([name, part]) => {
    const inner = typeof part === 'object' && part !== null ? Object.keys(part).filter((key) => /^api_key(_hash)?$/.test(key)) : [];
    return [
      ...(Object.hasOwn(WRITTEN_AT, name) ? [[name, `${pointer}/${name}`]] : []),
      ...inner.map((key) => [key, `${pointer}/${name}/${key}`]),
    ] as [string, string][];
  });
  const [first] = found;
  if (!first) return;
  const errors = found.map(([name, field]) => ({
    field,
    code: 'unknown_setting',
    message: `This is not a setting. See ${WRITTEN_AT[name] ?? ''}.`,
  }));
  throw new Problem('unknown_setting', { see: WRITTEN_AT[first[0]] }, errors);
}

/** `PATCH /tenant` writes no settings at all. @throws Problem unknown_setting with the route that does */
export function refuseSettings(settings: Readonly<Record<string, unknown>>, pointer: string): never {
  refuseDerived(settings, pointer);
  const see = 'PATCH /tenant/settings';
  throw new Problem('unknown_setting', { see }, [
    { field: pointer, code: 'unknown_setting', message: `Settings of modules are written by ${see}.` },
  ]);
}
