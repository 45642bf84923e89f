import { COMMON_PASSWORDS } from './common-password-list.js';

const WORDS: ReadonlySet<string> = new Set(COMMON_PASSWORDS.split(/\s+/).filter(Boolean));
/** More digits and signs than this around a word are a password of their own. */
const DECORATION_MAX = 7;
const FEW_LETTERS = 4;
const ALIKE: Readonly<Record<string, string>> = {
  '0': 'o',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '8': 'b',
  '9': 'g',
  '@': 'a',
  $: 's',
  '€': 'e',
  '!': 'i',
  '+': 't',
};

/** How many entries the list has. */
export const commonPasswordCount = (): number => WORDS.size;

/**
 * True for what is guessed first: a listed word as it is, in any case, with letters written as digits (`P4ssw0rd`), with up to seven digits
 * and signs around it (`!Dragon2024`), said twice; and for a text of four different characters or fewer.
 */
export function isCommonPassword(password: string): boolean {
  const text = password.normalize('NFKC').toLowerCase();
  if (new Set(text).size <= FEW_LETTERS) return true;
  return cores(text).some((core) => WORDS.has(core) || WORDS.has(/^(.{3,}?)\1+$/u.exec(core)?.[1] ?? ''));
}

/** The text itself, without what stands behind it, without what stands around it; each also with look-alikes read as letters. */
function cores(text: string): string[] {
  const tail = text.replace(/[^\p{L}]+$/u, '');
  const both = tail.replace(/^[^\p{L}]+/u, '');
  const bare = [tail, both].filter((core) => core !== '' && text.length - core.length <= DECORATION_MAX);
  return [...new Set([text, ...bare])].flatMap((form) => [form, readAs(form, 'i'), readAs(form, 'l')]);
}

const readAs = (text: string, one: 'i' | 'l'): string =>
  [...text].map((letter) => (letter === '1' || letter === '|' ? one : (ALIKE[letter] ?? letter))).join('');
