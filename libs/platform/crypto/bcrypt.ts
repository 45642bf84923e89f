import { setImmediate as turn } from 'node:timers/promises';
import { equal } from './digest.js';

/**
 * bcrypt, for verifying hashes that were brought along from another system; what we make ourselves is argon2id. Written here because it is
 * small and its only use is to be left behind: no dependency has to be kept for it. Checked against the vectors of OpenBSD.
 * The work yields to other requests all the time, and still is ten times slower than in C: a hash is replaced at the first sign-in.
 */
const FORM = /^\$2[aby]\$(\d\d)\$([./A-Za-z0-9]{22})([./A-Za-z0-9]{31})$/;
const ALPHABET = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const KEY_BYTES = 72;
const SALT_BYTES = 16;
const HASH_BYTES = 23;
const P_WORDS = 18;
const S_WORDS = 1_024;
/** Key expansions (≈ 0.2 ms each) between two turns of the event loop. */
const SLICE = 16;

/** Cost of a hash as its binary logarithm; null for what is no bcrypt hash. */
export function bcryptCost(hash: string): number | null {
  const cost = FORM.exec(hash)?.[1];
  return cost === undefined ? null : Number(cost);
}

export async function verifyBcrypt(hash: string, password: string): Promise<boolean> {
  const [, cost = '', salt = '', digest = ''] = FORM.exec(hash) ?? [];
  if (digest === '') return false;
  return equal(digest, encode(await bcrypt(Buffer.from(password), decode(salt, SALT_BYTES), Number(cost))));
}

async function bcrypt(password: Buffer, salt: Uint8Array, cost: number): Promise<Uint8Array> {
  const key = Buffer.concat([password, Buffer.of(0)]).subarray(0, KEY_BYTES);
  const keyWords = cyclicWords(key, P_WORDS);
  const saltWords = cyclicWords(salt, P_WORDS);
  const state = new Blowfish();
  state.expand(keyWords, saltWords.subarray(0, 4));
  for (let round = 0; round < 2 ** cost; round++) {
    if (round % SLICE === 0) await turn();
    state.expand(keyWords, null);
    state.expand(saltWords, null);
  }
  const text = cyclicWords(Buffer.from('OrpheanBeholderScryDoubt'), 6);
  for (let block = 0; block < 6; block += 2) for (let i = 0; i < 64; i++) state.encrypt(text, block);
  const out = Buffer.alloc(24);
  text.forEach((word, i) => out.writeInt32BE(word, i * 4));
  return out.subarray(0, HASH_BYTES);
}

class Blowfish {
  readonly #p: Int32Array;
  readonly #s: Int32Array;

  constructor() {
    const digits = digitsOfPi();
    this.#p = digits.slice(0, P_WORDS);
    this.#s = digits.slice(P_WORDS);
  }

  /** Mixes the key into the state; `salt`, four words, into what is encrypted on the way. */
  expand(key: Int32Array, salt: Int32Array | null): void {
    const p = this.#p;
    for (let i = 0; i < P_WORDS; i++) p[i] = (p[i] as number) ^ (key[i] as number);
    const block = new Int32Array(2);
    let at = 0;
    for (const table of [p, this.#s])
      for (let i = 0; i < table.length; i += 2) {
        if (salt) {
          block[0] = (block[0] as number) ^ (salt[at] as number);
          block[1] = (block[1] as number) ^ (salt[at + 1] as number);
          at = (at + 2) % 4;
        }
        this.encrypt(block, 0);
        table[i] = block[0] as number;
        table[i + 1] = block[1] as number;
      }
  }

  /** Two words, in place. */
  encrypt(words: Int32Array, at: number): void {
    const p = this.#p;
    const s = this.#s;
    let left = (words[at] as number) ^ (p[0] as number);
    let right = words[at + 1] as number;
    for (let round = 1; round <= 16; round += 2) {
      right ^= mix(s, left) ^ (p[round] as number);
      left ^= mix(s, right) ^ (p[round + 1] as number);
    }
    words[at] = right ^ (p[17] as number);
    words[at + 1] = left;
  }
}

const mix = (s: Int32Array, x: number): number =>
  ((((s[x >>> 24] as number) + (s[0x100 | ((x >>> 16) & 0xff)] as number)) ^ (s[0x200 | ((x >>> 8) & 0xff)] as number)) +
    (s[0x300 | (x & 0xff)] as number)) |
  0;

/** Words of a text that begins again where it ends. */
function cyclicWords(bytes: Uint8Array, count: number): Int32Array {
  const words = new Int32Array(count);
  for (let i = 0; i < count * 4; i++) words[i >> 2] = ((words[i >> 2] as number) << 8) | (bytes[i % bytes.length] as number);
  return words;
}

let pi: Int32Array | null = null;

/** Blowfish begins with the fraction of π, 33,344 bits of it: computed once (Machin's formula), so that nobody has to trust 4 kB of table. */
function digitsOfPi(): Int32Array {
  if (pi) return pi;
  const words = P_WORDS + S_WORDS;
  const guard = 64n;
  const bits = BigInt(words * 32);
  const one = 1n << (bits + guard);
  const arctan = (inverse: bigint): bigint => {
    const square = inverse * inverse;
    let power = one / inverse;
    let sum = power;
    for (let n = 3n, sign = -1n; power !== 0n; n += 2n, sign = -sign) {
      power /= square;
      sum += (sign * power) / n;
    }
    return sum;
  };
  const fraction = (16n * arctan(5n) - 4n * arctan(239n) - 3n * one) >> guard;
  const hex = fraction.toString(16).padStart(words * 8, '0');
  pi = Int32Array.from({ length: words }, (_, i) => Number.parseInt(hex.slice(i * 8, i * 8 + 8), 16) | 0);
  return pi;
}

function decode(text: string, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let bits = 0;
  let rest = 0;
  let at = 0;
  for (const letter of text) {
    rest = ((rest << 6) | ALPHABET.indexOf(letter)) & 0x3fff;
    bits += 6;
    if (bits < 8 || at === length) continue;
    bits -= 8;
    bytes[at++] = (rest >> bits) & 0xff;
  }
  return bytes;
}

function encode(bytes: Uint8Array): string {
  let text = '';
  let bits = 0;
  let rest = 0;
  for (const byte of bytes) {
    rest = ((rest << 8) | byte) & 0x3fff;
    bits += 8;
    for (; bits >= 6; bits -= 6) text += ALPHABET.charAt((rest >> (bits - 6)) & 0x3f);
  }
  return bits > 0 ? text + ALPHABET.charAt((rest << (6 - bits)) & 0x3f) : text;
}
