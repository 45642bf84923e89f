import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import fc from 'fast-check';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { Webhook as SvixWebhook } from 'svix';
import * as node from './index.js';
import * as web from './web.js';

const NOW = new Date('2026-03-01T12:00:00.900Z');
const now_s = Math.floor(NOW.getTime() / 1000);
const ID = 'msg_0195f1c2a3b44d5e8f60718293a4b5c6';

/** Signs as Tenantry does. Written apart from the code under test. */
const v1 = (body: string | Buffer, key: Buffer, timestamp: number, id = ID): string =>
  `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')}`;
const bothKeys = (secret: string): Buffer[] => [Buffer.from(secret, 'base64'), Buffer.from(secret, 'utf8')];
const legacy = (body: string | Buffer, secret: string): string => createHmac('sha256', secret).update(body).digest('hex');
const signed = (body: string | Buffer, secrets: string[], timestamp = now_s) => ({
  'webhook-id': ID,
  'webhook-timestamp': String(timestamp),
  'webhook-signature': secrets
    .flatMap(bothKeys)
    .map((key) => v1(body, key, timestamp))
    .join(' '),
});

/** The verifier that the product's guide has printed from the beginning: consumers run it, so it must go on to accept. */
function guideVerifier(secret: string, payload: unknown, signature: string): boolean {
  const expectedSignature = createHmac('sha256', secret).update(JSON.stringify(payload)).digest('hex');
  return timingSafeEqual(Buffer.from(signature), Buffer.from(expectedSignature));
}

/** Both entries; fails where they disagree. */
async function check(...args: Parameters<typeof node.check>): Promise<node.Verdict> {
  const verdict = node.check(...args);
  expect(await web.check(...args)).toEqual(verdict);
  return verdict;
}
async function checkLegacy(...args: Parameters<typeof node.checkLegacy>): Promise<node.LegacyVerdict> {
  const verdict = node.checkLegacy(...args);
  expect(await web.checkLegacy(...args)).toEqual(verdict);
  expect([node.verifyLegacy(...args), await web.verifyLegacy(...args)]).toEqual([verdict.ok, verdict.ok]);
  return verdict;
}
const codeOf = (verdict: node.Verdict | node.LegacyVerdict): string => (verdict.ok ? 'ok' : verdict.code);

const secrets = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('hex'));
/** Texts as they are sent: what a consumer's parse and stringify returns unchanged. */
const bodies = fc.json().map((text) => JSON.stringify({ data: JSON.parse(text) as unknown }));
const secret = randomBytes(32).toString('hex');
const older = randomBytes(32).toString('hex');
const body = '{"id":"evt_1","type":"order.created","data":{"total":"12.50","name":"Müller 🛒"}}';
const options = { now: NOW };

describe('from one secret', () => {
  it('[004-29] the signature of the raw body is accepted by us and by the verifier of the guide; altered, missing and short ones are refused without a throw', async () => {
    await fc.assert(
      fc.asyncProperty(secrets, bodies, fc.nat(), fc.integer({ min: 1, max: 15 }), async (one, text, place, step) => {
        const signature = legacy(text, one);
        expect(await checkLegacy(text, signature, one)).toEqual({ ok: true });
        expect(await checkLegacy(Buffer.from(text), signature, `whsec_${one}`)).toEqual({ ok: true });
        expect(guideVerifier(one, JSON.parse(text), signature)).toBe(true);

        const at = place % 64;
        const digit = ((parseInt(signature.charAt(at), 16) + step) % 16).toString(16);
        const altered = signature.slice(0, at) + digit + signature.slice(at + 1);
        expect(codeOf(await checkLegacy(text, altered, one))).toBe('no_match');
        expect(codeOf(await checkLegacy(`${text} `, signature, one))).toBe('no_match');
        expect(codeOf(await checkLegacy(text, signature.slice(0, at), one))).toBe(at === 0 ? 'missing_header' : 'bad_signature');
        for (const missing of [undefined, null, '']) expect(codeOf(await checkLegacy(text, missing, one))).toBe('missing_header');
      }),
      { numRuns: 50 },
    );
  });

  it('standardwebhooks, svix and both our entries accept, in each notation of the secret', async () => {
    // The packages know no clock but the machine's.
    const timestamp = Math.floor(Date.now() / 1000);
    await fc.assert(
      fc.asyncProperty(secrets, bodies, async (one, text) => {
        const headers = signed(text, [one], timestamp);
        const payload: unknown = JSON.parse(text);
        expect(new StandardWebhook(one).verify(text, headers)).toEqual(payload);
        expect(new StandardWebhook(`whsec_${one}`).verify(text, headers)).toEqual(payload);
        expect(new StandardWebhook(one, { format: 'raw' }).verify(text, headers)).toEqual(payload);
        expect(new SvixWebhook(`whsec_${one}`).verify(text, headers)).toEqual(payload);
        const accepted = { ok: true, id: ID, timestamp, payload };
        for (const notation of [one, `whsec_${one}`]) expect(await check(text, headers, notation)).toEqual(accepted);
      }),
      { numRuns: 50 },
    );
  });

  it('we accept what the two packages sign, also under secrets that are not hex', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 24, maxLength: 64 }), bodies, async (key, text) => {
        const notation = `whsec_${Buffer.from(key).toString('base64')}`;
        for (const webhook of [new StandardWebhook(notation), new SvixWebhook(notation)]) {
          const headers = {
            'webhook-id': ID,
            'webhook-timestamp': String(now_s),
            'webhook-signature': webhook.sign(ID, NOW, text),
          };
          expect(codeOf(await check(text, headers, notation, options))).toBe('ok');
        }
      }),
      { numRuns: 50 },
    );
  });

  it('a text that is no base64 is a key as it stands', async () => {
    const text = 'correct horse battery staple';
    const headers = { ...signed(body, []), 'webhook-signature': v1(body, Buffer.from(text), now_s) };
    expect(codeOf(await check(body, headers, text, options))).toBe('ok');
  });

  it('bytes that are no UTF-8 are judged as bytes', async () => {
    const bytes = Buffer.from([0x22, 0xff, 0xfe, 0x22]);
    expect(codeOf(await check(bytes, signed(bytes, [secret]), secret, options))).toBe('ok');
    expect(codeOf(await check(bytes.toString(), signed(bytes, [secret]), secret, options))).toBe('no_match');
  });
});

describe('while one secret replaces another', () => {
  it('the holder of the old, of the new and of both accept one list of signatures; a stranger does not', async () => {
    const headers = signed(body, [secret, older]);
    for (const held of [secret, older, [older, secret], [undefined, '', older]])
      expect(codeOf(await check(body, headers, held, options))).toBe('ok');
    expect(codeOf(await check(body, headers, randomBytes(32).toString('hex'), options))).toBe('no_match');
  });
  it('a holder of both accepts a single signature by either, in both schemes', async () => {
    for (const signer of [older, secret]) {
      expect(codeOf(await check(body, signed(body, [signer]), [secret, older], options))).toBe('ok');
      expect(codeOf(await checkLegacy(body, legacy(body, signer), [secret, older]))).toBe('ok');
    }
  });
  it('entries of unknown versions and cut entries do not hide a good one', async () => {
    const headers = signed(body, [secret]);
    const list = `v1a,AAAA  v1, v1,short ${headers['webhook-signature']} v2,x`;
    expect(codeOf(await check(body, { ...headers, 'webhook-signature': list }, secret, options))).toBe('ok');
  });
});

describe('headers', () => {
  const headers = signed(body, [secret]);
  it.each([
    ['of fetch', new Headers(headers)],
    ['in capitals', Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]))],
    ['as lists of one', Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]]))],
    ['of a request that also has one named get', { ...headers, get: 'x' }],
  ])('%s are read', async (_case, given) => {
    expect(codeOf(await check(body, given, secret, options))).toBe('ok');
    expect([node.webhookId(given), web.webhookId(given)]).toEqual([ID, ID]);
  });
  it('without an id there is none to drop repeats by', () => expect(node.webhookId({})).toBeUndefined());
});

describe('a refusal says why', () => {
  const good = signed(body, [secret]);
  const at = (timestamp: number) => signed(body, [secret], timestamp);
  const without = (name: string) => Object.fromEntries(Object.entries(good).filter(([key]) => key !== name));
  const withSignature = (signature: string) => ({ ...good, 'webhook-signature': signature });
  const withTimestamp = (timestamp: string) => ({ ...good, 'webhook-timestamp': timestamp });
  const first = good['webhook-signature'].split(' ')[0] ?? '';
  const parsed = JSON.parse(body) as never;

  it.each<[string, string, Parameters<typeof node.check>]>([
    ['a parsed body', 'body_not_raw', [parsed, good, secret]],
    ['no body', 'body_not_raw', [undefined as never, good, secret]],
    ['no secret', 'missing_secret', [body, good, undefined]],
    ['an empty secret', 'missing_secret', [body, good, ['', 'whsec_']]],
    ['no headers', 'missing_header', [body, undefined as never, secret]],
    ['no id', 'missing_header', [body, without('webhook-id'), secret]],
    ['no timestamp', 'missing_header', [body, without('webhook-timestamp'), secret]],
    ['no signature', 'missing_header', [body, without('webhook-signature'), secret]],
    ['two ids', 'missing_header', [body, { ...good, 'webhook-id': [ID, 'msg_2'] }, secret]],
    ['a date', 'bad_timestamp', [body, withTimestamp('2026-03-01'), secret]],
    ['milliseconds', 'bad_timestamp', [body, withTimestamp(String(NOW.getTime())), secret]],
    ['a padded timestamp', 'bad_timestamp', [body, withTimestamp(`0${now_s}`), secret]],
    ['six minutes ago', 'too_old', [body, at(now_s - 360), secret]],
    ['301 s ago', 'too_old', [body, at(now_s - 301), secret]],
    ['300 s ago', 'ok', [body, at(now_s - 300), secret]],
    ['300 s ahead', 'ok', [body, at(now_s + 300), secret]],
    ['301 s ahead', 'too_new', [body, at(now_s + 301), secret]],
    ['six minutes ago under a wider tolerance', 'ok', [body, at(now_s - 360), secret, { ...options, tolerance_s: 400 }]],
    ['a tolerance that is no number', 'too_old', [body, good, secret, { ...options, tolerance_s: NaN }]],
    ['a clock that is no date', 'too_old', [body, good, secret, { now: new Date('never') }]],
    ['another timestamp than the signed one', 'no_match', [body, withTimestamp(String(now_s - 1)), secret]],
    ['another id than the signed one', 'no_match', [body, { ...good, 'webhook-id': 'msg_2' }, secret]],
    ['another scheme', 'bad_signature', [body, withSignature('v1a,AAAA'), secret]],
    ['a short signature', 'bad_signature', [body, withSignature(first.slice(0, -2)), secret]],
    ['a long signature', 'bad_signature', [body, withSignature(`${first}A`), secret]],
    ['garbage', 'bad_signature', [body, withSignature('\0é💥,, '), secret]],
    ['its scheme in capitals', 'bad_signature', [body, withSignature(`V1${first.slice(2)}`), secret]],
    ['a signature in small letters', 'no_match', [body, withSignature(`v1,${first.slice(3).toLowerCase()}`), secret]],
    ['a line break behind the signature', 'bad_signature', [body, withSignature(`${first}\n`), secret]],
    ['a secret with a line break behind it', 'no_match', [body, good, `${secret}\n`]],
    ['a body with a line break behind it', 'no_match', [`${body}\n`, good, secret]],
    ['an empty body', 'no_match', ['', good, secret]],
    ['the legacy signature', 'bad_signature', [body, withSignature(legacy(body, secret)), secret]],
    ['another secret', 'no_match', [body, good, older]],
    ['a body that was written anew', 'no_match', [JSON.stringify(parsed, null, 1), good, secret]],
    ['a body of no JSON', 'body_not_json', ['hello', signed('hello', [secret]), secret]],
  ])('%s: %s', async (_case, code, [raw, headers, held, given = options]) => {
    const verdict = await check(raw, headers, held, given);
    expect(codeOf(verdict)).toBe(code);
    if (verdict.ok) return;
    expect(verdict.message).toBe(node.REFUSALS[verdict.code]);
    expect(() => node.verify(raw, headers, held, given)).toThrow(expect.objectContaining({ name: 'WebhookVerificationError', code }));
    await expect(web.verify(raw, headers, held, given)).rejects.toMatchObject({ name: 'WebhookVerificationError', code });
  });

  it.each<[string, string, Parameters<typeof node.checkLegacy>]>([
    ['a parsed body', 'body_not_raw', [parsed, legacy(body, secret), secret]],
    ['no secret', 'missing_secret', [body, legacy(body, ''), '']],
    ['a long signature', 'bad_signature', [body, `${legacy(body, secret)}0`, secret]],
    ['capitals', 'bad_signature', [body, legacy(body, secret).replace(/./, 'A'), secret]],
    ['all in capitals', 'bad_signature', [body, legacy(body, secret).toUpperCase(), secret]],
    ['a scheme before it', 'bad_signature', [body, `sha256=${legacy(body, secret)}`, secret]],
    ['no body', 'body_not_raw', [undefined, legacy('', secret), secret]],
    ['two headers', 'bad_signature', [body, [legacy(body, secret), legacy(body, older)], secret]],
    ['another secret', 'no_match', [body, legacy(body, secret), older]],
  ])('X-Webhook-Signature with %s: %s', async (_case, code, args) => expect(codeOf(await checkLegacy(...args))).toBe(code));

  it('verify gives the payload of a good one', async () => {
    expect(node.verify(body, good, secret, options)).toEqual(parsed);
    expect(await web.verify(body, good, secret, options)).toEqual(parsed);
  });
});

describe('whatever is sent', () => {
  it('nothing throws, nothing is accepted, and both entries say the same', async () => {
    const anything = fc.oneof(fc.anything(), fc.string({ unit: 'binary' }), fc.uint8Array());
    const header = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(String(now_s), `v1,${'A'.repeat(43)}=`, 'a'.repeat(64)),
      anything,
    );
    const headers = fc.oneof(
      anything,
      fc.record({ 'webhook-id': header, 'webhook-timestamp': header, 'webhook-signature': header }, { requiredKeys: [] }),
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.string(), anything), headers, header, anything, async (raw, given, signature, held) => {
        for (const secrets of [secret, held as never]) {
          expect((await check(raw as never, given as never, secrets, options)).ok).toBe(false);
          expect((await checkLegacy(raw as never, signature as never, secrets)).ok).toBe(false);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('one altered character of a signature is enough', async () => {
    const entry = v1(body, Buffer.from(secret), now_s);
    const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
    await fc.assert(
      // Also the last one, whose spare bits a lenient decoder ignores.
      fc.asyncProperty(fc.integer({ min: 3, max: entry.length - 2 }), fc.constantFrom(...letters), async (place, letter) => {
        fc.pre(entry[place] !== letter);
        const altered = entry.slice(0, place) + letter + entry.slice(place + 1);
        expect(codeOf(await check(body, { ...signed(body, []), 'webhook-signature': altered }, secret, options))).toBe('no_match');
      }),
    );
    const last = letters[letters.indexOf(entry.at(-2) ?? '') + 1] ?? '';
    const spare = `${entry.slice(0, -2)}${last}=`;
    expect(Buffer.from(spare.slice(3), 'base64')).toEqual(Buffer.from(entry.slice(3), 'base64'));
    expect(codeOf(await check(body, { ...signed(body, []), 'webhook-signature': spare }, secret, options))).toBe('no_match');
  });
});
