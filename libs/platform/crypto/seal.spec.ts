import * as fc from 'fast-check';
import { KeyRings } from './key-ring.js';
import { open, openWith, seal, sealWith } from './seal.js';

const A = 'a'.repeat(64);
const B = 'b'.repeat(64);
const rings = new KeyRings({ encryption_key: A });
const refused = expect.objectContaining({ code: 'decryption_failed', status: 500 });

describe('seal and open', () => {
  const aad = 'mail_messages:body_sealed:-:0190';
  const sealed = seal(rings.ring('mail'), aad, 'the token is 4711');

  it('gives back what was sealed, byte for byte', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), fc.string(), (bytes, place) => {
        expect(open(rings.ring('fields'), place, seal(rings.ring('fields'), place, bytes)).equals(Buffer.from(bytes))).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  it('has the form v1.<kid>.<body>, never the same twice', () => {
    expect(sealed).toMatch(/^v1\.[0-9a-f]{8}\.[A-Za-z0-9_-]+$/);
    expect(seal(rings.ring('mail'), aad, 'the token is 4711')).not.toBe(sealed);
    expect(sealed).not.toContain('4711');
  });

  it('refuses another place, ring, key or text', () => {
    const cases: [string, () => unknown][] = [
      ['other row', () => open(rings.ring('mail'), 'mail_messages:body_sealed:-:0191', sealed)],
      ['other ring', () => open(rings.ring('fields'), aad, sealed)],
      ['other master key', () => open(new KeyRings({ encryption_key: B }).ring('mail'), aad, sealed)],
      ['cut tag', () => open(rings.ring('mail'), aad, sealed.slice(0, -4))],
      ['cut to nothing', () => open(rings.ring('mail'), aad, sealed.slice(0, 16))],
      ['other version', () => open(rings.ring('mail'), aad, sealed.replace('v1', 'v2'))],
      ['not sealed at all', () => open(rings.ring('mail'), aad, 'hello')],
      ['empty', () => open(rings.ring('mail'), aad, '')],
    ];
    for (const [name, act] of cases) expect({ name, error: errorOf(act) }).toEqual({ name, error: refused });
  });

  it('refuses each changed byte', () => {
    const [version, kid, body] = sealed.split('.');
    const bytes = Buffer.from(body ?? '', 'base64url');
    for (let i = 0; i < bytes.length; i += 1) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(i) ^ 1, i);
      expect(errorOf(() => open(rings.ring('mail'), aad, `${version}.${kid}.${changed.toString('base64url')}`))).toEqual(refused);
    }
  });

  it('opens what the previous key sealed and seals with the new one', () => {
    const rotated = new KeyRings({ encryption_key: B, encryption_key_previous: A }).ring('mail');
    expect(open(rotated, aad, sealed).toString()).toBe('the token is 4711');
    const fresh = seal(rotated, aad, 'x');
    expect(errorOf(() => open(rings.ring('mail'), aad, fresh))).toEqual(refused);
    expect(open(new KeyRings({ encryption_key: B }).ring('mail'), aad, fresh).toString()).toBe('x');
  });

  it('does not start with a key of another form', () => {
    expect(() => new KeyRings({ encryption_key: 'short' })).toThrow('ENCRYPTION_KEY');
    expect(() => new KeyRings({ encryption_key: A, encryption_key_previous: 'z'.repeat(64) })).toThrow('ENCRYPTION_KEY_PREVIOUS');
  });
});

describe('sealWith and openWith', () => {
  it('open with the same secret only', () => {
    const text = sealWith('the-refresh-token', 'the-successor');
    expect(openWith('the-refresh-token', text).toString()).toBe('the-successor');
    expect(errorOf(() => openWith('another', text))).toEqual(refused);
    expect(errorOf(() => openWith('the-refresh-token', `${text.slice(0, -2)}AA`))).toEqual(refused);
    expect(errorOf(() => openWith('the-refresh-token', 'v1.00000000.AAAA'))).toEqual(refused);
  });
});

describe('hmac of a ring', () => {
  const cursor = rings.ring('cursor');

  it('verifies whole and cut, not of other parts, not of another ring, after rotation too', () => {
    const mac = cursor.hmac('/stores', 'tenant', 'payload').subarray(0, 12);
    expect(cursor.verifies(mac, '/stores', 'tenant', 'payload')).toBe(true);
    expect(cursor.verifies(mac, '/stores', 'tenantpayload', '')).toBe(false);
    expect(rings.ring('throttle').verifies(mac, '/stores', 'tenant', 'payload')).toBe(false);
    expect(cursor.verifies(mac.subarray(0, 4), '/stores', 'tenant', 'payload')).toBe(false);
    const rotated = new KeyRings({ encryption_key: B, encryption_key_previous: A }).ring('cursor');
    expect(rotated.verifies(mac, '/stores', 'tenant', 'payload')).toBe(true);
  });

  it('tells parts apart', () => {
    expect(cursor.hmac('ab', 'c').equals(cursor.hmac('a', 'bc'))).toBe(false);
  });
});

function errorOf(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return null;
}
