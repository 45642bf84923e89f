import { randomBytes } from 'node:crypto';
import { plainRecoveryCode, RECOVERY_BYTES, recoveryCode } from './recovery-codes.js';

it('has 50 random bits in two groups of five', () => {
  const codes = Array.from({ length: 200 }, () => recoveryCode(randomBytes(RECOVERY_BYTES)));
  expect(codes.filter((code) => !/^[a-z2-7]{5}-[a-z2-7]{5}$/.test(code))).toEqual([]);
  expect(new Set(codes).size).toBe(codes.length);
  expect(recoveryCode(Buffer.alloc(7, 0xff))).toBe('77777-77777');
});

it.each([
  ['abcde-fghij', 'abcdefghij'],
  [' ABCDE FGHIJ ', 'abcdefghij'],
  ['a-b-c-d-e-f-g-h-i-j', 'abcdefghij'],
  ['abcdefghij', 'abcdefghij'],
  ['abcde-fghi', null],
  ['abcde-fghij2', null],
  ['abcde-fgh10', null],
  ['123456', null],
  ['', null],
])('%j is %j', (typed, plain) => expect(plainRecoveryCode(typed)).toBe(plain));
