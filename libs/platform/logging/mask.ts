/**
 * Takes out of a text what must not reach a log: addresses, phone numbers, cards, accounts, keys, tokens, passwords in URLs and in
 * `name=value`. A second net behind the key list of redact.ts: what it does not recognise, it cannot take out.
 */
export function maskText(text: string): string {
  if (PLAIN.test(text)) return text;
  let masked = text.replace(UNPRINTABLE, escapeUnit);
  for (const rule of RULES) {
    if (!applies(rule, masked)) continue;
    masked = typeof rule.with === 'string' ? masked.replace(rule.pattern, rule.with) : masked.replace(rule.pattern, rule.with);
  }
  return masked.includes('@') ? withoutAddresses(masked) : masked;
}

/** Lower-case words, paths and codes, the bulk of what is logged: no rule below can match them. */
const PLAIN = /^[a-z_./{}-]{0,64}$/;
/** Control characters beyond those JSON escapes, line separators and marks that turn the direction of writing. Tab and line feed are left to JSON. */
// eslint-disable-next-line no-control-regex
const UNPRINTABLE = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;
const escapeUnit = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

interface Rule {
  /** What a text must hold for the pattern to be worth trying: most texts hold none of it. */
  readonly if: string | RegExp;
  readonly pattern: RegExp;
  readonly with: string | ((match: string, ...groups: string[]) => string);
}
const NAMED =
  /\b(pass(?:word|wd|wort|phrase)?|pwd|secret|token|api[_-]?key|access[_-]?key|key|authorization|cookie|code|otp|signature)(["']?\s{0,3}[=:]\s{0,3}["']?)([^\s"'&,;})\]]{3,})/gi;
const DIGITS = /\d{2}/;

const RULES: readonly Rule[] = [
  { if: 'eyJ', pattern: /\beyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?/g, with: '[token]' },
  {
    if: /bearer|basic/i,
    pattern: /\b(bearer|basic)\s+([A-Za-z0-9._~+/=-]{6,})/gi,
    with: (whole: string, scheme: string, value: string) => (/^[A-Z]?[a-z.]+$/.test(value) ? whole : `${scheme} [token]`),
  },
  { if: '://', pattern: /(\b[a-z][a-z0-9+.-]{1,20}:\/\/)[^\s/?#@]{1,300}@/gi, with: '$1[redacted]@' },
  { if: /[=:]/, pattern: NAMED, with: namedValue },
  { if: /[_-]/, pattern: /\b(?:tn|sk|pk|rk|gh[opsu]|whsec|glpat|xox[abps])[_-](?:(?:live|test)_)?[A-Za-z0-9+/=_-]{10,}/g, with: '[key]' },
  { if: /A[KS]IA/, pattern: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, with: '[key]' },
  { if: '-----BEGIN', pattern: /-----BEGIN [A-Z ]{3,40}-----[\s\S]*?(?:-----END [A-Z ]{3,40}-----|$)/g, with: '[key]' },
  { if: '#', pattern: /(?<=[/a-z])#[A-Za-z0-9_-]{20,}/g, with: '#[token]' },
  {
    if: /[A-Z]/,
    pattern: /(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])/g,
    with: (match: string) => (/\d/.test(match) && /[a-z]/.test(match) && /[A-Z]/.test(match) ? '[token]' : match),
  },
  { if: '%40', pattern: /[\p{L}\p{N}._%+'-]{1,64}%40(?:[\p{L}\p{N}-]{1,63}\.){1,8}[\p{L}]{2,24}/gu, with: '[email]' },
  {
    if: DIGITS,
    pattern: /\b[A-Za-z]{2}\d{2}(?:[ ]?[A-Za-z0-9]{4}){2,7}(?:[ ]?[A-Za-z0-9]{1,3})?\b/g,
    with: (match: string) => (isIban(match) ? '[iban]' : match),
  },
  {
    if: DIGITS,
    pattern: /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|(?<![\w.])\d(?:[ -]?\d){12,60}/gi,
    with: (match: string) => (UUID.test(match) ? match : withoutCards(match)),
  },
  {
    if: DIGITS,
    pattern: /(?<![\w.:])(?:\+|00)[1-9](?:[\s()./-]{0,2}\d){6,14}(?!\w)/g,
    with: (match: string) => (match.startsWith('+') || /\D/.test(match) || match.length >= 11 ? '[phone]' : match),
  },
  { if: DIGITS, pattern: /(?<![\w.:-])(?:\(0?\d{2,4}\)\s?|0\d{2,4}[\s/-])\d{3,4}[\s-]?\d{2,5}(?![\w-])/g, with: '[phone]' },
  { if: DIGITS, pattern: /(?<![\w.:-])\d{3}[-. ]\d{3}[-. ]\d{4}(?![\w-])/g, with: '[phone]' },
];

function applies({ if: needed }: Rule, text: string): boolean {
  return typeof needed === 'string' ? text.includes(needed) : needed.test(text);
}

const LOCAL = /[\p{L}\p{N}._%+'-]/u;
const DOMAIN = /^(?:localhost\b|(?:[\p{L}\p{N}-]{1,63}\.){1,8}\p{L}{2,24})/u;

/** From each `@` outwards: a pattern that begins with the local part would try every character of a long text. */
function withoutAddresses(text: string): string {
  let masked = '';
  let from = 0;
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    let start = at;
    while (start > from && LOCAL.test(text.charAt(start - 1))) start -= 1;
    const domain = start < at ? DOMAIN.exec(text.slice(at + 1, at + 300))?.[0] : undefined;
    if (domain === undefined) continue;
    masked += `${text.slice(from, start)}[email]`;
    from = at + 1 + domain.length;
  }
  return masked + text.slice(from);
}

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
function namedValue(whole: string, name: string, sign: string, value: string): string {
  if (value.startsWith('[')) return whole;
  const is_secret = !/^(?:code|key)$/i.test(name) || (value.length >= 16 && /\d/.test(value) && /[a-z]/i.test(value));
  return is_secret ? `${name}${sign}[redacted]` : whole;
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
