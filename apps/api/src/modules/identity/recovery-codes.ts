import { base32 } from './totp.js';

/** Codes for the day on which the phone is gone: ten, each good once. Pure. */
export const RECOVERY_CODES = 10;
/** 50 bits stand in ten letters; the last six bits of the seventh byte are dropped. */
export const RECOVERY_BYTES = 7;
const LENGTH = 10;

/** `xxxxx-xxxxx`. */
export function recoveryCode(random: Uint8Array): string {
  const letters = base32(random).slice(0, LENGTH).toLowerCase();
  return `${letters.slice(0, 5)}-${letters.slice(5)}`;
}

/** What counts of a code that was typed: letters in any case, with or without dashes. null: no recovery code at all. */
export function plainRecoveryCode(typed: string): string | null {
  const letters = typed.replace(/[\s-]+/g, '').toLowerCase();
  return /^[a-z2-7]{10}$/.test(letters) ? letters : null;
}
