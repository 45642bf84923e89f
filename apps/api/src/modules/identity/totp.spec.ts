import { base32, codeOf, matchingStep, otpauthUri, plainCode, STEP_S, stepAt } from './totp.js';

const SECRET = Buffer.from('12345678901234567890');
const at = (seconds: number): Date => new Date(seconds * 1000);

// RFC 6238, appendix B, SHA-1.
it.each([
  [59, '94287082'],
  [1_111_111_109, '07081804'],
  [1_111_111_111, '14050471'],
  [1_234_567_890, '89005924'],
  [2_000_000_000, '69279037'],
  [20_000_000_000, '65353130'],
])('at %i s the code is %s', (seconds, code) => {
  expect(codeOf(SECRET, stepAt(at(seconds)), 8)).toBe(code);
  expect(codeOf(SECRET, stepAt(at(seconds)))).toBe(code.slice(2));
});

// RFC 4648, §10, without padding.
it.each([
  ['', ''],
  ['f', 'MY'],
  ['fo', 'MZXQ'],
  ['foo', 'MZXW6'],
  ['foob', 'MZXW6YQ'],
  ['fooba', 'MZXW6YTB'],
  ['foobar', 'MZXW6YTBOI'],
])('base32 of %j is %s', (text, encoded) => expect(base32(Buffer.from(text))).toBe(encoded));

it('takes the code of this step and of one either side, and says which', () => {
  const now = at(1_700_000_010);
  const step = stepAt(now);
  for (const near of [step - 1, step, step + 1]) expect(matchingStep(SECRET, codeOf(SECRET, near), now)).toBe(near);
  for (const far of [step - 2, step + 2]) expect(matchingStep(SECRET, codeOf(SECRET, far), now)).toBeNull();
  expect(matchingStep(SECRET, codeOf(SECRET, step), at(1_700_000_010 + 2 * STEP_S))).toBeNull();
});

it.each(['', '12345', '1234567', '12345a', '１２３４５６', ' 12345', "1' or '1"])('never takes %j', (code) =>
  expect(matchingStep(SECRET, code, at(59))).toBeNull(),
);

it('reads a code as apps show it', () => expect(plainCode(' 123 456 ')).toBe('123456'));

it('makes the address for the QR code', () =>
  expect(otpauthUri({ issuer: 'Tenantry & Co', account: 'ana@example.com', secret: SECRET })).toBe(
    'otpauth://totp/Tenantry%20%26%20Co:ana%40example.com?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Tenantry%20%26%20Co',
  ));
