/**
 * Takes out of a text what must not reach a log: addresses, phone numbers, cards, accounts, keys, tokens, passwords in URLs and in
 * `name=value`. A second net behind the key list of redact.ts: what it does not recognise, it cannot take out.
 */
export function maskText(text: string): string {
  if (PLAIN.test(text)) return text;
  let masked = text.replace(UNPRINTABLE, escapeUnit);
  for (const [pattern, replacement] of RULES) masked = typeof replacement === 'string' ? masked.replace(pattern, replacement) : masked.replace(pattern, replacement);
  return masked;
}

/** Lower-case words, paths and codes, the bulk of what is logged: no rule below can match them. */
const PLAIN = /^[a-z_./{}-]{0,64}$/;
/** Control characters beyond those JSON escapes, line separators and marks that turn the direction of writing. Tab and line feed are left to JSON. */
// eslint-disable-next-line no-control-regex
const UNPRINTABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
const escapeUnit = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
type Rule = readonly [pattern: RegExp, replacement: string | ((match: string, ...groups: string[]) => string)];
const RULES: readonly Rule[] = [
  [/\beyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?/g, '[token]'],
  [/\b(bearer|basic)\s+([A-Za-z0-9._~+/=-]{6,})/gi, (whole: string, scheme: string, value: string) => (/^[A-Z]?[a-z.]+$/.test(value) ? whole : `${scheme} [token]`)],
  [/([a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/?#@]{1,300}@/gi, '$1[redacted]@'],
  [
    /\b(pass(?:word|wd|wort|phrase)?|pwd|secret|token|api[_-]?key|access[_-]?key|key|authorization|cookie|code|otp|signature)(["']?\s{0,3}[=:]\s{0,3}["']?)([^\s"'&,;})\]]{3,})/gi,
    (whole: string, name: string, sign: string, value: string) => (value.startsWith('[') || /^(?:code|key)$/i.test(name) ? codeOrKey(whole, name, sign, value) : `${name}${sign}[redacted]`),
  ],
  [/\b(?:tn|sk|pk|rk|gh[opsu]|whsec|glpat|xox[abps])[_-](?:(?:live|test)_)?[A-Za-z0-9+/=_-]{10,}/g, '[key]'],
  [/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, '[key]'],
  [/-----BEGIN [A-Z ]{3,40}-----[\s\S]*?(?:-----END [A-Z ]{3,40}-----|$)/g, '[key]'],
  [/(?<=[/a-z])#[A-Za-z0-9_-]{20,}/g, '#[token]'],
  [/(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])/g, (match: string) => (/\d/.test(match) && /[a-z]/.test(match) && /[A-Z]/.test(match) ? '[token]' : match)],
  [/[\p{L}\p{N}._%+'-]{1,64}(?:@|%40)(?:[\p{L}\p{N}-]{1,63}\.){1,8}[\p{L}]{2,24}/gu, '[email]'],
  [/[A-Za-z0-9._%+'-]{1,64}@localhost\b/g, '[email]'],
  [/\b[A-Za-z]{2}\d{2}(?:[ ]?[A-Za-z0-9]{4}){2,7}(?:[ ]?[A-Za-z0-9]{1,3})?\b/g, (match: string) => (isIban(match) ? '[iban]' : match)],
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(?<![\w.])\d(?:[ -]?\d){12,60}/gi, (match: string) => (/[a-f]/i.test(match) || UUID.test(match) ? match : withoutCards(match))],
  [/(?<![\w.:])(?:\+|00)[1-9](?:[\s().\/-]{0,2}\d){6,14}(?!\w)/g, (match: string) => (/\D/.test(match.slice(1)) || match.startsWith('+') || match.length >= 11 ? '[phone]' : match)],
  [/(?<![\w.:-])(?:\(0?\d{2,4}\)\s?|0\d{2,4}[\s/-])\d{3,4}[\s-]?\d{2,5}(?![\w-])/g, '[phone]'],
  [/(?<![\w.:-])\d{3}[-. ]\d{3}[-. ]\d{4}(?![\w-])/g, '[phone]'],
];

/** Digits in groups may hold a card anywhere between other numbers: each run of whole groups is tried. */
function withoutCards(run: string): string {
  const groups = run.split(/([ -])/); // group, separator, group, …
  for (let from = 0; from < groups.length; from += 2) {
    for (let to = Math.min(groups.length, from + 13); to > from; to -= 2) {
      if (isCard(groups.slice(from, to).join(''))) return withoutCards([...groups.slice(0, from), '[card]', ...groups.slice(to)].join(''));
    }
  }
  return run;
}

/** `code=23505` and `key: name` are said all day; only a long value with letters and digits in it is taken for a secret. */
function codeOrKey(whole: string, name: string, sign: string, value: string): string {
  if (value.startsWith('[')) return whole;
  return value.length >= 16 && /\d/.test(value) && /[a-z]/i.test(value) ? `${name}${sign}[redacted]` : whole;
}

/** A payment card by length, first digit and Luhn's sum (ISO/IEC 7812). */
export function isCard(text: string): boolean {
  const digits = text.replace(/[ -]/g, '');
  if (!/^[2-6]\d{12,18}$/.test(digits)) return false;
  let sum = 0;
  for (let i = 0; i < digits.length; i += 1) {
    const digit = Number(digits.at(-1 - i));
    const weighted = i % 2 === 0 ? digit : digit * 2;
    sum += weighted > 9 ? weighted - 9 : weighted;
  }
  return sum % 10 === 0;
}

/** An account number by its check digits (ISO 13616: the whole, turned, is 1 modulo 97). */
export function isIban(text: string): boolean {
  const compact = text.replace(/ /g, '').toUpperCase();
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(compact)) return false;
  let rest = 0;
  for (const letter of compact.slice(4) + compact.slice(0, 4)) {
    const value = Number.parseInt(letter, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}
