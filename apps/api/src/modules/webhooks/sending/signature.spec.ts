import { createHmac, timingSafeEqual, webcrypto } from 'node:crypto';
import { signatureHeaders, webhookId } from './signature.js';

const OLD = '0f'.repeat(32);
const NEW = 'a1'.repeat(32);
const text = '{"id":"x","data":{"name":"Größe ✓","n":1}}';
const signed = { webhook_id: webhookId('0198c5a1-7e1c-7c3a-8b1e-0123456789ab'), timestamp_s: 1_790_000_000, body: Buffer.from(text) };

/** Standard Webhooks over WebCrypto, written from its specification and not from ours. */
async function accepts(headers: Readonly<Record<string, string>>, key: Uint8Array, body = text): Promise<boolean> {
  const imported = await webcrypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  const content = new TextEncoder().encode(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`);
  const mine = `v1,${Buffer.from(await webcrypto.subtle.sign('HMAC', imported, content)).toString('base64')}`;
  return (headers['webhook-signature'] ?? '').split(' ').includes(mine);
}
const fromBase64 = (secret: string): Uint8Array => Buffer.from(secret, 'base64');
const fromText = (secret: string): Uint8Array => new TextEncoder().encode(secret);

/** What a consumer has who followed the first documentation: a parsed body and one header. */
function legacyAccepts(secret: string, payload: unknown, signature = ''): boolean {
  const expected = createHmac('sha256', secret).update(JSON.stringify(payload)).digest('hex');
  return timingSafeEqual(Buffer.from(signature), Buffer.from(expected));
}

describe('signatureHeaders', () => {
  const plain = signatureHeaders(signed, { current: OLD });
  const rotating = signatureHeaders(signed, { current: OLD, next: NEW });

  it('[004-29] signs the sent bytes: hex for the plain header, both readings of the key for Standard Webhooks', async () => {
    expect(plain['webhook-id']).toBe('msg_0198c5a17e1c7c3a8b1e0123456789ab');
    expect(legacyAccepts(OLD, JSON.parse(text), plain['x-webhook-signature'])).toBe(true);
    expect(legacyAccepts(NEW, JSON.parse(text), plain['x-webhook-signature'])).toBe(false);
    expect(await accepts(plain, fromBase64(OLD))).toBe(true);
    expect(await accepts(plain, fromText(OLD))).toBe(true);
    expect(await accepts(plain, fromBase64(OLD), `${text} `)).toBe(false);
    expect(await accepts(plain, fromBase64(NEW))).toBe(false);
    expect(plain['webhook-signature']?.split(' ')).toHaveLength(2);
    expect(plain).not.toHaveProperty('x-webhook-signature-next');
  });

  it('while a rotation is open satisfies the holder of either secret, and the plain header stays on the old one', async () => {
    for (const key of [fromBase64(OLD), fromText(OLD), fromBase64(NEW), fromText(NEW)]) expect(await accepts(rotating, key)).toBe(true);
    expect(rotating['webhook-signature']?.split(' ')).toHaveLength(4);
    expect(rotating['webhook-signature']?.startsWith(signatureHeaders(signed, { current: NEW })['webhook-signature'] ?? '-')).toBe(true);
    expect(legacyAccepts(OLD, JSON.parse(text), rotating['x-webhook-signature'])).toBe(true);
    expect(legacyAccepts(NEW, JSON.parse(text), rotating['x-webhook-signature-next'])).toBe(true);
  });

  it('puts the new one into the plain header for the one more send', () => {
    const again = signatureHeaders(signed, { current: OLD, next: NEW, legacy: 'next' });
    expect(legacyAccepts(NEW, JSON.parse(text), again['x-webhook-signature'])).toBe(true);
  });
});
