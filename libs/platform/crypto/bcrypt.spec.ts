import { bcryptCost, verifyBcrypt } from './bcrypt.js';

// OpenBSD and jBCrypt.
it.each([
  ['', '$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s.'],
  ['a', '$2a$06$m0CrhHm10qJ3lXRY.5zDGO3rS2KdeeWLuGmsfGlMfOxih58VYVfxe'],
  ['abc', '$2a$06$If6bvum7DFjUnE9p2uDeDu0YHzrHM6tf.iqN8.yx.jNN1ILEf7h0i'],
  ['abcdefghijklmnopqrstuvwxyz', '$2a$06$.rCVZVOThsIa97pEDOxvGuRRgzG64bvtJ0938xuqzv18d3ZpQhstC'],
  ['~!@#$%^&*()      ~!@#$%^&*()PNBFRD', '$2a$06$fPIsBO8qRqkjj273rfaOI.HtSV9jLDpTbZn782DC6/t7qT67P6FfO'],
])('verifies %j', async (password, hash) => {
  expect(await verifyBcrypt(hash, password)).toBe(true);
  expect(await verifyBcrypt(hash.replace('$2a$', '$2b$'), password)).toBe(true);
  expect(await verifyBcrypt(hash, `${password}x`)).toBe(false);
});

// Made by libxcrypt.
it.each([
  ['a'.repeat(72), '$2b$04$abcdefghijklmnopqrstuuBzzIgyKkz7xMWYSzkIjUSnxEQFQ0WNe'],
  ['a'.repeat(80), '$2b$04$abcdefghijklmnopqrstuuBzzIgyKkz7xMWYSzkIjUSnxEQFQ0WNe'],
  ['p\u00e4sswort-\u20ac-17', '$2y$04$abcdefghijklmnopqrstuuHJQ5Lxr22bTlZar.kgoLXELprOBxDxa'],
])('verifies %j of another program: UTF-8, and 72 bytes count', async (password, hash) => {
  expect(await verifyBcrypt(hash, password)).toBe(true);
  expect(await verifyBcrypt(hash, password.slice(9))).toBe(false);
});

it('knows no other form', async () => {
  expect(bcryptCost('$2a$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkgY8jIucDrjc8deX1s.')).toBe(6);
  for (const text of [
    '',
    '$2x$06$DCq7YPn5Rq63x1Lad4cll.TV4S6ytwfsfvkY8jIucDrjc8deX1s.',
    '$argon2id$v=19$m=19456,t=2,p=1$x$y',
    '$2a$06$short',
  ]) {
    expect(bcryptCost(text)).toBeNull();
    expect(await verifyBcrypt(text, '')).toBe(false);
  }
});
