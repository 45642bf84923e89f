export type Proof = { code: string } | { recovery_code: string };
/** `123 456` and `abcde-fghij` as people type them: the first is a code, the second a recovery code. */
export function proofOf(typed: string): Proof {
  const text = typed.trim().replace(/\s/g, '');
  return /^\d+$/.test(text) ? { code: text } : { recovery_code: text };
}
