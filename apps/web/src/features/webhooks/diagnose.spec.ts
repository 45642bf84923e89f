import { createHmac, webcrypto } from 'node:crypto';
import { diagnose, type Evidence } from './diagnose';

// Node 20 in a test's realm may lack the browser's name for it.
globalThis.crypto ??= webcrypto as Crypto;

const SECRET = 'ab'.repeat(32);
const BODY = '{"id":"1","data":{"b":2,"a":1}}';
const SIGNED_AT = 1_800_000_000;
const NOW = new Date((SIGNED_AT + 3) * 1000);
const sign = (secret: string): string =>
  createHmac('sha256', Buffer.from(secret, 'base64')).update(`msg_1.${SIGNED_AT}.${BODY}`).digest('base64');
const HEADERS = { 'Webhook-Id': 'msg_1', 'Webhook-Timestamp': String(SIGNED_AT), 'Webhook-Signature': `v1,${sign(SECRET)}` };
const LEGACY = { 'X-Webhook-Signature': createHmac('sha256', SECRET).update(BODY).digest('hex') };
const find = async (over: Partial<Evidence>) =>
  (await diagnose({ body: BODY, headers: HEADERS, secret: SECRET, now: NOW, ...over })).finding;
const later = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1000);

it.each<[string, Partial<Evidence>]>([
  ['valid', {}],
  ['valid', { secret: `whsec_${SECRET}` }],
  ['no_match', { secret: 'cd'.repeat(32) }],
  ['no_match', { body: BODY.replace('2', '3') }],
  ['reserialised', { body: JSON.stringify(JSON.parse(BODY), null, 2) }],
  ['spaces', { body: `${BODY}\n` }],
  ['stale', { now: later(3600) }],
  ['stale', { now: later(-3600) }],
  ['no_match', { now: later(3600), secret: 'cd'.repeat(32) }],
  ['legacy', { headers: LEGACY }],
  ['reserialised', { headers: LEGACY, body: '{ "id": "1", "data": { "b": 2, "a": 1 } }' }],
  ['bad_signature', { headers: { 'x-webhook-signature': 'abc' } }],
  ['missing_header', { headers: {} }],
  ['missing_secret', { secret: '' }],
  ['bad_signature', { headers: { ...HEADERS, 'Webhook-Signature': 'v9,abc' } }],
])('finds %s', async (finding, over) => expect(await find(over)).toBe(finding));

it('says how old the signature is', async () =>
  expect((await diagnose({ body: BODY, headers: HEADERS, secret: SECRET, now: later(3600) })).age_s).toBe(3603));

it('hands back the body that the signature belongs to, to be laid beside the one given', async () => {
  const written = JSON.stringify(JSON.parse(BODY), null, 2);
  expect((await diagnose({ body: written, headers: HEADERS, secret: SECRET, now: NOW })).signed).toBe(BODY);
  expect((await diagnose({ body: `${BODY}\n`, headers: HEADERS, secret: SECRET, now: NOW })).signed).toBe(BODY);
  expect((await diagnose({ body: BODY, headers: HEADERS, secret: 'cd'.repeat(32), now: NOW })).signed).toBeUndefined();
});
