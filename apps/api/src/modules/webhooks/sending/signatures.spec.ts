import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import fc from 'fast-check';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import { verify, verifyLegacy } from '../../../../../../libs/webhook-verify/index.js';
import { ownHeaders } from './signatures.js';
import type { SigningSecrets } from './types.js';

const [OLD, NEW, STRANGE] = Array.from({ length: 3 }, () => randomBytes(32).toString('hex')) as [string, string, string];
const nowS = () => Math.floor(Date.now() / 1_000);

function delivery(secrets: SigningSecrets, body = '{"type":"order.updated","data":{"qty":3}}', at = nowS()) {
  const request = { body, secrets, event_type: 'order.updated', delivery_id: '01920000-0000-7000-8000-00000000002a', attempt: 2 };
  return { body, headers: ownHeaders(request, at) };
}

/** As the product's runbook prints it for consumers: it writes the parsed body again, and throws on another length. */
function printedVerifier(secret: string, payload: unknown, signature: string): boolean {
  const expectedSignature = createHmac('sha256', secret).update(JSON.stringify(payload)).digest('hex');
  return timingSafeEqual(Buffer.from(signature), Buffer.from(expectedSignature));
}

const VERIFIERS: [string, (secret: string, sent: ReturnType<typeof delivery>) => unknown][] = [
  ['standardwebhooks', (secret, { body, headers }) => new StandardWebhook(secret).verify(body, headers)],
  ['standardwebhooks, whsec_', (secret, { body, headers }) => new StandardWebhook(`whsec_${secret}`).verify(body, headers)],
  ['standardwebhooks, raw', (secret, { body, headers }) => new StandardWebhook(secret, { format: 'raw' }).verify(body, headers)],
  ['svix', (secret, { body, headers }) => new SvixWebhook(secret).verify(body, headers)],
  ['svix, whsec_', (secret, { body, headers }) => new SvixWebhook(`whsec_${secret}`).verify(body, headers)],
  ['our library', (secret, { body, headers }) => verify(body, headers, secret)],
];

describe.each(VERIFIERS)('a delivery read by %s', (_name, read) => {
  it('[004-29] is accepted, whatever JSON it holds', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        const body = JSON.stringify(JSON.parse(json));
        expect(() => read(OLD, delivery({ current: OLD }, body))).not.toThrow();
      }),
      { numRuns: 30 },
    );
  });

  it('is accepted with either secret while a rotation is open', () => {
    for (const secret of [OLD, NEW]) expect(() => read(secret, delivery({ current: OLD, next: NEW }))).not.toThrow();
  });

  it('is refused with another secret, an ended one, and after six minutes', () => {
    expect(() => read(STRANGE, delivery({ current: OLD, next: NEW }))).toThrow();
    expect(() => read(OLD, delivery({ current: NEW }))).toThrow();
    expect(() => read(OLD, delivery({ current: OLD }, '{}', nowS() - 360))).toThrow();
  });
});

describe('X-Webhook-Signature', () => {
  it('[004-29] is the hex HMAC-SHA256 of the raw body: the printed verifier and ours accept it', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        const { body, headers } = delivery({ current: OLD }, JSON.stringify(JSON.parse(json)));
        const signature = headers['x-webhook-signature'] ?? '';
        expect(signature).toBe(createHmac('sha256', OLD).update(Buffer.from(body)).digest('hex'));
        expect(printedVerifier(OLD, JSON.parse(body), signature)).toBe(true);
        expect(verifyLegacy(body, signature, OLD)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('holds one signature always, of the old key until the rotation is done', () => {
    const { body, headers } = delivery({ current: OLD, next: NEW });
    expect(verifyLegacy(body, headers['x-webhook-signature'], OLD)).toBe(true);
    expect(verifyLegacy(body, headers['x-webhook-signature-next'], NEW)).toBe(true);
    const again = delivery({ current: OLD, next: NEW, legacy: 'next' });
    expect(verifyLegacy(again.body, again.headers['x-webhook-signature'], NEW)).toBe(true);
    expect(delivery({ current: OLD }).headers).not.toHaveProperty('x-webhook-signature-next');
  });
});

it('names the event, the delivery and the attempt', () => {
  expect(delivery({ current: OLD }, '{}', 1_700_000_000).headers).toMatchObject({
    'content-type': 'application/json',
    'user-agent': 'Tenantry-Webhooks/1',
    'webhook-id': 'msg_0192000000007000800000000000002a',
    'webhook-timestamp': '1700000000',
    'x-webhook-event': 'order.updated',
    'x-webhook-delivery': '01920000-0000-7000-8000-00000000002a',
    'x-webhook-attempt': '2',
  });
});
