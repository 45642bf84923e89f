import fc from 'fast-check';
import { EVENT_MAX_BYTES, eventBodies, EventTooLarge, THIN_ABOVE_BYTES, type Envelope } from './envelope.js';

const envelope = (data: unknown): Envelope => ({
  id: '01920000-0000-7000-8000-000000000001',
  type: 'role.created',
  timestamp: '2026-01-01T00:00:00.000Z',
  tenant_id: '01920000-0000-7000-8000-000000000002',
  subject_id: '01920000-0000-7000-8000-000000000003',
  sequence: 7,
  data,
});
const URL_OF_DATA = 'https://api.example/api/v1/webhooks/events/01920000-0000-7000-8000-000000000001';
const bodyOf = (data: unknown) => eventBodies(envelope(data), URL_OF_DATA).body;

describe('eventBodies', () => {
  it('has the keys of the page, in its order', () => {
    expect(bodyOf({ a: 1 })).toBe(
      '{"id":"01920000-0000-7000-8000-000000000001","type":"role.created","timestamp":"2026-01-01T00:00:00.000Z","tenant_id":"01920000-0000-7000-8000-000000000002",' +
        '"subject_id":"01920000-0000-7000-8000-000000000003","sequence":7,"data":{"a":1}}',
    );
  });

  it.each([
    ['integer-like keys', { b: 1, 10: 2, 2: 3 }],
    ['minus zero', { n: -0 }],
    ['a number above 2^53', { n: 2 ** 53 + 2, m: 9007199254740993 }],
    ['a lone surrogate', { s: '\ud800x' }],
    ['NUL', { s: 'a\0b' }],
    ['a key named __proto__', JSON.parse('{"__proto__":{"x":1},"a":2}')],
    ['undefined and NaN', { a: undefined, b: Number.NaN, c: [undefined] }],
    ['a date', { at: new Date(0) }],
  ])('is a fixed point of parse and stringify: %s', (_name, data) => {
    const body = bodyOf(data);
    expect(JSON.stringify(JSON.parse(body))).toBe(body);
    expect(body).not.toContain('\0');
  });

  it('is a fixed point for any JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (data) => {
        const body = bodyOf(data);
        return JSON.stringify(JSON.parse(body)) === body;
      }),
    );
  });

  it('keeps a body of 64 KiB whole and makes one byte more thin', () => {
    const overhead = Buffer.byteLength(bodyOf(''));
    expect(eventBodies(envelope('x'.repeat(THIN_ABOVE_BYTES - overhead)), URL_OF_DATA).full_body).toBeNull();
    const thin = eventBodies(envelope('x'.repeat(THIN_ABOVE_BYTES - overhead + 1)), URL_OF_DATA);
    expect(JSON.parse(thin.body)).toMatchObject({ type: 'role.created', sequence: 7, data: null, data_url: URL_OF_DATA });
    expect(Buffer.byteLength(thin.full_body ?? '')).toBe(THIN_ABOVE_BYTES + 1);
  });

  it('counts bytes, not characters', () => {
    expect(eventBodies(envelope('ü'.repeat(THIN_ABOVE_BYTES / 2)), URL_OF_DATA).full_body).not.toBeNull();
  });

  it('refuses more than 1 MiB', () => {
    expect(() => bodyOf('x'.repeat(EVENT_MAX_BYTES))).toThrow(EventTooLarge);
  });
});
