import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { fail } from '#contracts/errors.js';
import type { KeyRing } from './key-ring.js';

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;
const SEALED = /^v1\.([0-9a-f]{8})\.([A-Za-z0-9_-]+)$/;
const SEALED_WITH = /^s1\.([A-Za-z0-9_-]+)$/;

/**
 * Encrypts with the ring's key of today: `v1.<kid>.<base64url of iv ‖ ciphertext ‖ tag>`.
 * @param aad where the value lives, `table:column:tenant_id:row_id`: moved to another place it does not open
 */
export function seal(ring: KeyRing, aad: string, bytes: Uint8Array | string): string {
  return `v1.${ring.current.kid}.${encrypt(ring.current.key, aad, bytes).toString('base64url')}`;
}

/** @throws `decryption_failed` for another place, another ring, an unknown key, a changed or cut text. */
export function open(ring: KeyRing, aad: string, text: string): Buffer {
  const [, kid, body] = SEALED.exec(text) ?? [];
  const key = kid && ring.find(kid);
  if (!key || !body) throw fail('decryption_failed', {}, new Error(`ring ${ring.name}: no such key or not a sealed text`));
  return decrypt(key, aad, body);
}

/**
 * Encrypts under a secret that only its bearer has (a refresh token, an Idempotency-Key), so that the database alone cannot read it.
 * The secret must be unguessable: HKDF does not slow a search down.
 */
export function sealWith(secret: string | Uint8Array, bytes: Uint8Array | string): string {
  return `s1.${encrypt(secretKey(secret), '', bytes).toString('base64url')}`;
}

/** @throws `decryption_failed` for another secret or a changed text. */
export function openWith(secret: string | Uint8Array, text: string): Buffer {
  const [, body] = SEALED_WITH.exec(text) ?? [];
  if (!body) throw fail('decryption_failed', {}, new Error('not a sealed text'));
  return decrypt(secretKey(secret), '', body);
}

const secretKey = (secret: string | Uint8Array): Buffer =>
  Buffer.from(hkdfSync('sha256', secret, Buffer.alloc(0), 'sealed-with-secret', 32));

function encrypt(key: Buffer, aad: string, bytes: Uint8Array | string): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(aad));
  return Buffer.concat([iv, cipher.update(typeof bytes === 'string' ? Buffer.from(bytes) : bytes), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Buffer, aad: string, body: string): Buffer {
  const bytes = Buffer.from(body, 'base64url');
  if (bytes.length < IV_BYTES + TAG_BYTES) throw fail('decryption_failed', {}, new Error('sealed text is too short'));
  const end = bytes.length - TAG_BYTES;
  try {
    const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(aad)).setAuthTag(bytes.subarray(end));
    return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES, end)), decipher.final()]);
  } catch (cause) {
    throw fail('decryption_failed', {}, cause);
  }
}
