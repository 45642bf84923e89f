import { createHash, timingSafeEqual } from 'node:crypto';

export const sha256 = (data: string | Uint8Array): Buffer => createHash('sha256').update(data).digest();

/**
 * Compares two secrets without telling by time where they differ. Any lengths: the digests are compared. A value that is absent equals
 * nothing, not even another absent one.
 */
export function equal(a: string | Uint8Array | null | undefined, b: string | Uint8Array | null | undefined): boolean {
  const same = timingSafeEqual(sha256(a ?? ''), sha256(b ?? ''));
  return same && a != null && b != null;
}
