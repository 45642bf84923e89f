import { crcBase62, hasValidCrc, randomBase62 } from '#platform/crypto/index.js';

/**
 * `tn_live_` or `tn_test_`, 43 letters base62 (256 bits) and six of their CRC-32: scanners of repositories find such a text, and one that
 * was cut or mistyped is refused without the database.
 */
const RANDOM_LENGTH = 43;
const GENUINE = /^tn_(?:live|test)_[0-9A-Za-z]{49}$/;
/** So much of a key is shown, to tell it from others: the mode and four letters. */
const SHOWN_LENGTH = 12;

/** `live` keys are those of production. */
export function newApiKey(mode: 'live' | 'test'): string {
  const body = `tn_${mode}_${randomBase62(RANDOM_LENGTH)}`;
  return body + crcBase62(body);
}

/** Is it meant as a key? Access tokens have no underscore before their first dot. */
export const isApiKey = (text: string): boolean => text.startsWith('tn_');

/** Was it made here, as far as the text tells? */
export const isGenuine = (text: string): boolean => GENUINE.test(text) && hasValidCrc(text);

export const shownPrefix = (key: string): string => key.slice(0, SHOWN_LENGTH);
