import { isUuid } from '#contracts/ids.js';
import type { KeyRing } from '#platform/crypto/index.js';

const ID_BYTES = 16;
const MAC_BYTES = 16;

/**
 * What somebody who signed up follows their tenant with: the id of the job and a MAC of it, 43 characters. Nothing is stored; it shows
 * steps and opens nothing. Pure.
 */
export function signupToken(ring: KeyRing, provisioning_job_id: string): string {
  const id = Buffer.from(provisioning_job_id.replaceAll('-', ''), 'hex');
  return Buffer.concat([id, ring.hmac('status', id).subarray(0, MAC_BYTES)]).toString('base64url');
}

/** The id of the job; null for what was not made by `signupToken` with a key of the ring. */
export function jobOfSignup(ring: KeyRing, token: string): string | null {
  if (!/^[\w-]{43}$/.test(token)) return null;
  const bytes = Buffer.from(token, 'base64url');
  const id = bytes.subarray(0, ID_BYTES);
  if (bytes.length !== ID_BYTES + MAC_BYTES || !ring.verifies(bytes.subarray(ID_BYTES), 'status', id)) return null;
  const uuid = id.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return isUuid(uuid) ? uuid : null;
}
