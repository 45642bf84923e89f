import { KeyRings, newId } from '#platform/crypto/index.js';
import { jobOfSignup, signupToken } from './signup-token.js';

const ring = new KeyRings({ encryption_key: 'ab'.repeat(32) }).ring('signup');
const rotated = new KeyRings({ encryption_key: 'cd'.repeat(32), encryption_key_previous: 'ab'.repeat(32) }).ring('signup');
const other = new KeyRings({ encryption_key: 'ef'.repeat(32) }).ring('signup');

it('names its job again, also after the key was rotated', () => {
  const job = newId();
  const token = signupToken(ring, job);
  expect(token).toMatch(/^[\w-]{43}$/);
  expect([jobOfSignup(ring, token), jobOfSignup(rotated, token)]).toEqual([job, job]);
});

it('is nothing when a character differs, another key made it, or it is no token', () => {
  const token = signupToken(ring, newId());
  const flipped = [...token].map((character, i) => `${token.slice(0, i)}${character === 'A' ? 'B' : 'A'}${token.slice(i + 1)}`);
  // The last character holds two bits of padding that decode to nothing.
  expect(flipped.slice(0, -1).map((text) => jobOfSignup(ring, text)).filter((job) => job !== null)).toEqual([]); // prettier-ignore
  expect([jobOfSignup(other, token), jobOfSignup(ring, ''), jobOfSignup(ring, `${token}A`), jobOfSignup(ring, 'a'.repeat(43))]).toEqual([
    null,
    null,
    null,
    null,
  ]);
});
