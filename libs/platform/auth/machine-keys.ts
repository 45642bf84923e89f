import { fail } from '#contracts/errors.js';
import { equal } from '../crypto/index.js';

/**
 * Compares a machine key with each configured one, all of them, by digests: another length never throws and no early end tells how far
 * it matched. @throws Problem invalid_credentials (or unauthenticated when none was sent)
 */
export function checkMachineKey(given: string | string[] | undefined, keys: readonly string[]): void {
  if (given === undefined) throw fail('unauthenticated');
  const value = Array.isArray(given) ? given.join(',') : given;
  const matches = keys.filter((key) => equal(key, value)).length;
  if (matches === 0) throw fail('invalid_credentials');
}
