import fc from 'fast-check';
import { canonical, commitment, isCommitment, type Canonical } from './canonical.js';

describe('canonical text v1', () => {
  it.each<[Canonical, string]>([
    [{ b: 1, a: [true, null, 'x'] }, '{"a":[true,null,"x"],"b":1}'],
    [{ é: 1, z: 2, a: 3 }, '{"a":3,"z":2,"é":1}'],
    ['line\nbreak "quoted" \u0001', '"line\\nbreak \\"quoted\\" \\u0001"'],
    ['e\u0301', '"é"'],
    [-0, '0'],
    [{ '\u{10000}': 1, '\uE000': 2 }, '{"\u{10000}":1,"\uE000":2}'],
  ])('writes %j', (value, expected) => expect(canonical(value)).toBe(expected));

  it('is a fixed point of parsing for any event', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string({ unit: 'grapheme' }),
          fc.oneof(fc.string({ unit: 'grapheme' }), fc.maxSafeInteger(), fc.boolean(), fc.constant(null)),
        ),
        (value) => {
          const once = canonical(value as Canonical);
          expect(canonical(JSON.parse(once) as Canonical)).toBe(once);
        },
      ),
    );
  });
  it.each([1.5, Number.NaN, Infinity, 2 ** 53])('refuses %d', (value) => expect(() => canonical({ value })).toThrow());
  it.each(['\uD800', 'a\uDC00'])('refuses a lone surrogate', (value) => expect(() => canonical(value)).toThrow());

  it('commits to a personal value without holding it', () => {
    const salt = Buffer.alloc(16, 7);
    expect(commitment(salt, 'email', 'ana@example.com')).toMatch(/^c1:[\w-]{43}$/);
    expect(commitment(salt, 'email', 'ana@example.com')).not.toBe(commitment(Buffer.alloc(16, 8), 'email', 'ana@example.com'));
    expect(commitment(salt, 'ip', 'ana@example.com')).not.toBe(commitment(salt, 'email', 'ana@example.com'));
  });
});

it('isCommitment knows what commitment makes', () => {
  expect(isCommitment(commitment(Buffer.alloc(16), 'ip', '127.0.0.1'))).toBe(true);
  for (const value of ['c1:short', 'ana@example.com', null, 7]) expect(isCommitment(value)).toBe(false);
});
