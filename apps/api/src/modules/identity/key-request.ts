import { isIP } from 'node:net';
import { fail, invalid, type FieldError } from '#contracts/errors.js';
import { closePermissions, isPermission, type Permission } from '#contracts/permissions.js';

/**
 * What may be asked of an API key. Pure.
 *
 * These make a machine an administrator, or pay with somebody's money: a key never has them.
 */
const NEVER: ReadonlySet<Permission> = new Set<Permission>(['api_keys:write', 'users:admin', 'tenants:admin', 'billing:write']);

/** The scopes with all that they imply, sorted. @throws Problem unknown_permission { permissions }, validation_failed */
export function wantedScopes(scopes: readonly string[]): Permission[] {
  const unknown = scopes.filter((scope) => !isPermission(scope));
  if (unknown.length) throw fail('unknown_permission', { permissions: unknown.map((scope) => scope.slice(0, 60)) });
  const closed = closePermissions(scopes as Permission[]);
  const errors = scopes.flatMap((scope, i) =>
    closePermissions([scope as Permission]).some((permission) => NEVER.has(permission))
      ? [{ field: `/scopes/${i}`, code: 'not_for_keys', message: 'A key cannot have this permission.' }]
      : [],
  );
  if (errors.length) throw invalid(errors);
  return closed;
}

/** Addresses and networks; bits beyond the mask are the database's to clear. @throws Problem validation_failed */
export function wantedNetworks(networks: readonly string[]): string[] {
  const wanted = networks.map((text) => text.trim());
  const errors: FieldError[] = wanted.flatMap((text, i) =>
    isNetwork(text)
      ? []
      : [{ field: `/ip_cidrs/${i}`, code: 'not_valid', message: 'Give an address or a network such as 203.0.113.0/24.' }],
  );
  if (errors.length) throw invalid(errors);
  return wanted;
}

function isNetwork(text: string): boolean {
  const [, address = '', bits] = /^([0-9a-f.:]+)(?:\/(\d{1,3}))?$/i.exec(text) ?? [];
  const family = isIP(address);
  return family !== 0 && (bits === undefined || Number(bits) <= (family === 4 ? 32 : 128));
}
