import { fail } from '#contracts/errors.js';

const LEAST = 10;

/** Why somebody does what cannot be taken back: what is written into the log is said in words. @throws Problem reason_required */
export function statedReason(reason: string | undefined): string {
  const stated = reason?.trim() ?? '';
  if (stated.length < LEAST) throw fail('reason_required');
  return stated;
}
