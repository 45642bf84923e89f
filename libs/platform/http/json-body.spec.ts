import fc from 'fast-check';
import { parseJsonBody } from './json-body.js';

const code = (text: string): string => {
  try {
    parseJsonBody(text);
    return 'ok';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('parseJsonBody', () => {
  it('returns what JSON.parse returns for any value', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
        const text = JSON.stringify(value);
        if (/"(__proto__|constructor|prototype)":/.test(text)) return;
        expect(parseJsonBody(text)).toEqual(JSON.parse(text));
      }),
    );
  });
  it.each(['{', 'nope', '{"a":1,}', "{'a':1}", '{"a":1}x'])('refuses malformed %s', (text) => expect(code(text)).toBe('malformed_json'));
  it.each(['{"a":1,"a":2}', '{"x":{"b":1,"\\u0062":2}}', '[{"a":1},{"a":1,"a":1}]'])('refuses a key that occurs twice: %s', (text) =>
    expect(code(text)).toBe('malformed_json'),
  );
  it('takes the same key in two objects', () => expect(parseJsonBody('[{"a":"}"},{"a":"\\"{"}]')).toEqual([{ a: '}' }, { a: '"{' }]));
  it.each(['{"__proto__":{}}', '{"a":{"constructor":1}}'])('refuses prototype keys: %s', (text) =>
    expect(code(text)).toBe('malformed_json'),
  );
  it('refuses nesting deeper than 20', () => {
    expect(code('['.repeat(20) + ']'.repeat(20))).toBe('ok');
    expect(code('['.repeat(21) + ']'.repeat(21))).toBe('malformed_json');
  });
  it.each(['{"a":"x\\u0000"}', '["\\ud800"]', '{"\\udc00x":1}', '["\\udc00\\ud800"]'])('refuses what no database can hold: %s', (text) =>
    expect(code(text)).toBe('malformed_json'),
  );
  it.each(['["\\ud83d\\ude00"]', '["\\\\u0000"]', '["\\u00e9"]'])('takes %s', (text) => expect(code(text)).toBe('ok'));
  it('gives undefined for an empty body', () => expect(parseJsonBody(' ')).toBeUndefined());
});
