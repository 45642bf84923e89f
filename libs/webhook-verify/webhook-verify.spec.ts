import { createHmac, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import * as node from './index.js';
import * as web from './web.js';

const NOW = new Date('2026-03-01T12:00:00Z');
const NOW_S = NOW.getTime() / 1_000;
const SECRET = randomBytes(32).toString('hex');
const BODY = '{"id":"1","type":"order.updated","data":{"name":"Zoë ☕"}}';

type Key = string | Buffer;
const v1 = (key: Key, body = BODY, at: number | string = NOW_S) =>
  `v1,${createHmac('sha256', key).update(`msg_1.${at}.${body}`).digest('base64')}`;
const legacy = (key: Key, body = BODY) => createHmac('sha256', key).update(body).digest('hex');
const decoded = (secret: string) => Buffer.from(secret, 'base64');
const headers = (signature: string, at: number | string = NOW_S) => ({
  'webhook-id': 'msg_1',
  'webhook-timestamp': String(at),
  'webhook-signature': signature,
});
const other = (body: unknown) => body as string;

/** Both entries behind one face. */
const ENTRIES = [
  ['node', { ...node, verify: async (...args: Parameters<typeof node.verify>) => Promise.resolve().then(() => node.verify(...args)) }],
  ['web', web],
] as const;

describe.each(ENTRIES)('webhook-verify, %s entry', (_, { verify, verifyLegacy, webhookId, WebhookVerificationError }) => {
  const options = { now: NOW };
  const codeOf = async (...args: Parameters<typeof web.verify>): Promise<string> => {
    const error: unknown = await verify(...args).then(
      () => 'accepted',
      (thrown: unknown) => thrown,
    );
    return error instanceof WebhookVerificationError ? error.code : String(error);
  };

  it.each([
    ['the key as base64', v1(decoded(SECRET)), SECRET],
    ['the key as text', v1(SECRET), SECRET],
    ['whsec_ in front of it', v1(decoded(SECRET)), `whsec_${SECRET}`],
    ['a text that is no base64', v1('two words, 1'), 'two words, 1'],
    ['one of several signatures', `v1a,AAAA v1,AAAA ${v1(decoded(SECRET))}`, SECRET],
    ['one of several secrets', v1(decoded(SECRET)), ['0'.repeat(64), SECRET]],
  ])('accepts %s', async (_name, signature, secret) => {
    expect(await verify(BODY, headers(signature), secret, options)).toEqual(JSON.parse(BODY));
    expect(await verify(Buffer.from(BODY), headers(signature), secret, options)).toEqual(JSON.parse(BODY));
  });

  it('reads headers of Node, of fetch and in any case', async () => {
    const plain = headers(v1(decoded(SECRET)));
    const loud = Object.fromEntries(Object.entries(plain).map(([name, value]) => [name.toUpperCase(), [value]]));
    for (const given of [plain, loud, new Headers(plain)]) {
      expect(await codeOf(BODY, given, SECRET, options)).toBe('accepted');
      expect(webhookId(given)).toBe('msg_1');
    }
    expect(webhookId({})).toBeNull();
  });

  it.each([
    ['another body', 'no_match', `${BODY} `, headers(v1(decoded(SECRET)))],
    ['another secret', 'no_match', BODY, headers(v1('x'))],
    ['a short signature', 'no_match', BODY, headers(v1(decoded(SECRET)).slice(0, -8))],
    ['a long signature', 'no_match', BODY, headers(`${v1(decoded(SECRET)).slice(0, -1)}AAAA`)],
    ['a signature of another version', 'no_match', BODY, headers(v1(decoded(SECRET)).replace('v1', 'v2'))],
    ['a signature without a version', 'no_match', BODY, headers(v1(decoded(SECRET)).slice(3))],
    ['no id', 'missing_header', BODY, { ...headers(v1(decoded(SECRET))), 'webhook-id': undefined }],
    ['no timestamp', 'missing_header', BODY, { ...headers(v1(decoded(SECRET))), 'webhook-timestamp': undefined }],
    ['no signature', 'missing_header', BODY, { ...headers(''), 'webhook-signature': undefined }],
    ['a timestamp that is a date', 'bad_timestamp', BODY, headers(v1(decoded(SECRET)), NOW.toISOString())],
    ['a negative timestamp', 'bad_timestamp', BODY, headers(v1(decoded(SECRET)), -1)],
    ['301 s ago', 'too_old', BODY, headers(v1(decoded(SECRET), BODY, NOW_S - 301), NOW_S - 301)],
    ['in 301 s', 'too_new', BODY, headers(v1(decoded(SECRET), BODY, NOW_S + 301), NOW_S + 301)],
    ['300 s ago', 'accepted', BODY, headers(v1(decoded(SECRET), BODY, NOW_S - 300), NOW_S - 300)],
    ['in 300 s', 'accepted', BODY, headers(v1(decoded(SECRET), BODY, NOW_S + 300), NOW_S + 300)],
    ['a parsed body', 'body_not_raw', other(JSON.parse(BODY)), headers(v1(decoded(SECRET)))],
    ['no body', 'body_not_raw', other(undefined), headers(v1(decoded(SECRET)))],
  ])('%s: %s', async (_name, code, body, given) => {
    expect(await codeOf(body, given, SECRET, options)).toBe(code);
  });

  it('takes the tolerance it is given', async () => {
    const given = headers(v1(decoded(SECRET), BODY, NOW_S - 10), NOW_S - 10);
    expect(await codeOf(BODY, given, SECRET, { ...options, tolerance_s: 9 })).toBe('too_old');
    expect(await codeOf(BODY, given, SECRET, { ...options, tolerance_s: 10 })).toBe('accepted');
  });

  it('without a secret nothing matches', async () => {
    for (const secret of ['', 'whsec_', []]) {
      expect(await codeOf(BODY, headers(v1(Buffer.alloc(0))), secret, options)).toBe('no_match');
      expect(await verifyLegacy(BODY, legacy(Buffer.alloc(0)), secret)).toBe(false);
    }
  });

  it('tells how to get raw bytes', async () => {
    await expect(verify(other({}), headers('v1,'), SECRET, options)).rejects.toThrow(/express\.raw/);
  });

  it('[004-29] X-Webhook-Signature: the good is accepted; altered, missing, short and long ones are refused without throwing', async () => {
    const good = legacy(SECRET);
    expect(await verifyLegacy(BODY, good, SECRET)).toBe(true);
    expect(await verifyLegacy(Buffer.from(BODY), good, [`whsec_${'0'.repeat(64)}`, `whsec_${SECRET}`])).toBe(true);
    const altered = good.startsWith('0') ? `1${good.slice(1)}` : `0${good.slice(1)}`;
    for (const signature of [
      altered,
      undefined,
      null,
      '',
      'short',
      good.slice(1),
      `${good}0`,
      good.toUpperCase().concat(' '),
      [good],
      'é'.repeat(64),
    ])
      expect(await verifyLegacy(BODY, signature, SECRET)).toBe(false);
    expect(await verifyLegacy(`${BODY} `, good, SECRET)).toBe(false);
    expect(await verifyLegacy(other(JSON.parse(BODY)), good, SECRET)).toBe(false);
    expect(await verifyLegacy(BODY, good, '0'.repeat(64))).toBe(false);
  });

  it('[004-29] whatever it is given, the legacy check answers, and the other one throws nothing but its own error', async () => {
    const anything = fc.oneof(fc.string(), fc.uint8Array(), fc.anything());
    await fc.assert(
      fc.asyncProperty(anything, anything, fc.oneof(fc.string(), fc.array(fc.string())), async (body, signature, secret) => {
        expect(await verifyLegacy(body as string, signature as string, secret)).toBe(false);
        const given = headers(typeof signature === 'string' ? signature : 'v1,AA==');
        expect(['no_match', 'body_not_raw', 'missing_header']).toContain(await codeOf(body as string, given, secret, options));
      }),
      { numRuns: 200 },
    );
  });

  it('one changed byte of the body is never accepted', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 1, maxLength: 200 }),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        async (bytes, at, by) => {
          const signature = createHmac('sha256', SECRET).update(bytes).digest('hex');
          const changed = Uint8Array.from(bytes);
          const index = at % bytes.length;
          changed[index] = (changed[index] ?? 0) ^ by;
          expect(await verifyLegacy(bytes, signature, SECRET)).toBe(true);
          expect(await verifyLegacy(changed, signature, SECRET)).toBe(false);
        },
      ),
      { numRuns: 100 },
    );
  });
});
