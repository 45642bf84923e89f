import fc from 'fast-check';
import { cursor, limit, oneOf, parseQuery, searchParser, text, uuid, writeQuery } from './search-params';

const shape = { q: text(50), status: oneOf(['active', 'suspended']), member: uuid(), cursor: cursor(), limit: limit() };
const parse = searchParser(shape);

const printable = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .filter((value) => value.length <= 50 && !/[\u0000-\u001f\u007f]/.test(value));
const good = fc.record(
  {
    q: printable,
    status: fc.constantFrom('active' as const, 'suspended' as const),
    member: fc.uuid(),
    cursor: fc.stringMatching(/^[A-Za-z0-9_.-]{1,60}$/),
    limit: fc.constantFrom('50' as const, '100' as const),
  },
  { requiredKeys: [] },
);

describe('search parameters', () => {
  it('survive being written and read again', () => {
    fc.assert(
      fc.property(good, (search) => {
        expect(parse(parseQuery(writeQuery(search)))).toEqual(search);
      }),
    );
  });

  it('fall to the defaults on junk, and never throw', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.anything()), (junk) => {
        const parsed = parse(junk);
        expect(Object.keys(parsed).every((key) => Object.hasOwn(shape, key))).toBe(true);
        expect(parse(parsed)).toEqual(parsed);
      }),
    );
  });

  it('drop unknown keys, unknown values and defaults', () => {
    expect(parse({ status: 'owner', limit: '25', q: '', member: 'x', cursor: 'a b', evil: '1', __proto__: { q: 'x' } })).toEqual({});
    expect(parse({ q: 'a\u0000b' })).toEqual({});
    expect(parse({ q: 'x'.repeat(51) })).toEqual({});
  });

  it('read numbers that the address holds as text', () => expect(parse({ q: 7, limit: 50 })).toEqual({ q: '7', limit: '50' }));
  it('write an empty search as nothing', () => expect(writeQuery({ q: undefined, status: '' })).toBe(''));
});
