import { fail } from '#contracts/errors.js';

const MAX_DEPTH = 20;

/**
 * Parses a request body strictly: a key that occurs twice, `__proto__`, `constructor.prototype` or nesting deeper than 20 is refused.
 * JSON.parse keeps the last of two equal keys in silence, so two readers of one body could see different things. Refused as well: U+0000
 * and lone surrogates, which no PostgreSQL text can hold and which RFC 7493 forbids.
 * @throws Problem malformed_json
 */
export function parseJsonBody(text: string): unknown {
  if (text.trim() === '') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw fail('malformed_json', {}, cause);
  }
  scan(text);
  return value;
}

/** One pass over text that is known to be valid JSON: only structure and keys are looked at. */
function scan(text: string): void {
  const open: (Set<string> | null)[] = [];
  let expectKey = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === '{' || character === '[') {
      open.push(character === '{' ? new Set() : null);
      if (open.length > MAX_DEPTH) throw fail('malformed_json', { detail: `nested deeper than ${MAX_DEPTH}` });
      expectKey = character === '{';
    } else if (character === '}' || character === ']') {
      open.pop();
      expectKey = false;
    } else if (character === ',') {
      expectKey = open.at(-1) instanceof Set;
    } else if (character === '"') {
      const end = stringEnd(text, i);
      mustBeStorable(text.slice(i, end + 1));
      if (expectKey) {
        const key = JSON.parse(text.slice(i, end + 1)) as string;
        const keys = open.at(-1);
        if (keys?.has(key)) throw fail('malformed_json', { detail: 'a key occurs twice' });
        if (key === '__proto__' || key === 'constructor' || key === 'prototype')
          throw fail('malformed_json', { detail: 'a key is not allowed' });
        keys?.add(key);
        expectKey = false;
      }
      i = end;
    }
  }
}

/** Only an escape can make them: as bytes the one is no JSON and the other no UTF-8. */
function mustBeStorable(literal: string): void {
  if (literal.includes('\\u') && /\0|\p{Surrogate}/u.test(JSON.parse(literal) as string))
    throw fail('malformed_json', { detail: 'a text holds U+0000 or half of a surrogate pair' });
}

function stringEnd(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '"') return i;
  }
  return text.length;
}
