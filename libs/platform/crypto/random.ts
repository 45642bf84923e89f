import { randomBytes, randomFillSync } from 'node:crypto';
import { crc32 } from 'node:zlib';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** Bytes from here on would make the first letters of the alphabet likelier than the last ones. */
const BASE62_REJECT = 256 - (256 % 62);
export const CRC_LENGTH = 6;

/** An unguessable token, base64url. 32 bytes make 43 characters. */
export const randomToken = (bytes = 32): string => randomBytes(bytes).toString('base64url');

/** `length` characters of [0-9A-Za-z], each equally likely. 43 of them carry 256 bits. */
export function randomBase62(length: number): string {
  let text = '';
  const bytes = Buffer.alloc(Math.max(16, length + (length >> 1)));
  while (text.length < length) {
    randomFillSync(bytes);
    for (const byte of bytes) {
      if (byte >= BASE62_REJECT) continue;
      text += BASE62.charAt(byte % 62);
      if (text.length === length) break;
    }
  }
  return text;
}

/** CRC-32 of the text as six characters base62, zeros in front: the check of an API key that costs no database. */
export function crcBase62(text: string): string {
  let rest = crc32(text) >>> 0;
  let digits = '';
  for (let i = 0; i < CRC_LENGTH; i += 1) {
    digits = BASE62.charAt(rest % 62) + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}

/** True when the last six characters are the CRC-32 of those before them. Says nothing about whether the key exists. */
export const hasValidCrc = (text: string): boolean =>
  text.length > CRC_LENGTH && crcBase62(text.slice(0, -CRC_LENGTH)) === text.slice(-CRC_LENGTH);
