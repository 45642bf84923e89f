import * as fc from 'fast-check';
import { countDbTrip, setLogContext, withLogContext } from './context.js';
import { MemoryDestination } from './destination.js';
import { createLogger } from './logger.js';
import { NestLogger } from './nest-logger.js';
import { logSlowQuery } from './slow-query.js';

const CANARIES = {
  password: 'Kt7#vbQz-canary',
  token: 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl',
  refresh: 'q7Jx2Vd0bY5mR1cT8wZ4nK6sH3gF9pL0aE2uI5oD7XB',
  key: 'tn_live_0Ab1Cd2Ef3Gh4Ij5Kl6Mn7Op8Qr9St0Uv1Wx2Yz',
  webhook: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
  card: '4111 1111 1111 1111',
  iban: 'DE89 3704 0044 0532 0130 00',
  email: 'marguerite.duval@harbour.example',
  phone: '+49 171 2345678',
};

function logger(level: 'info' | 'debug' | 'trace' = 'info', format: 'json' | 'pretty' = 'json') {
  const destination = new MemoryDestination();
  return { log: createLogger({ level, format, destination }), destination };
}
const leaks = (text: string): string[] =>
  Object.values(CANARIES).flatMap((canary) => [canary, canary.replaceAll(' ', '')]).filter((canary) => text.includes(canary)); // prettier-ignore

describe('a log line', () => {
  it('is one JSON object with time, level, channel, message and the context of the request', () => {
    const { log, destination } = logger();
    withLogContext({ request_id: 'r-1' }, () => {
      setLogContext({ tenant_id: 't-1', user_id: 'u-1' });
      log.info({ rows: 3 }, 'listed');
    });
    log.info('outside');
    setLogContext({ tenant_id: 'nobody' });
    const [inside, outside] = destination.parsed();
    expect(inside).toEqual({
      time: expect.stringMatching(/^\d{4}-.*Z$/),
      level: 'info',
      channel: 'application',
      rows: 3,
      request_id: 'r-1',
      tenant_id: 't-1',
      user_id: 'u-1',
      msg: 'listed',
    });
    expect(outside).toEqual({ time: expect.any(String), level: 'info', channel: 'application', msg: 'outside' });
    expect(destination.lines.every((line) => line.indexOf('\n') === line.length - 1)).toBe(true);
  });

  it('keeps the context over awaits and does not mix two requests', async () => {
    const { log, destination } = logger();
    await Promise.all(
      ['a', 'b', 'c'].map((request_id) =>
        withLogContext({ request_id }, async () => {
          await new Promise((resolve) => setImmediate(resolve));
          log.info({ mine: request_id }, 'x');
        }),
      ),
    );
    expect(destination.parsed().map((line) => line['mine'] === line['request_id'])).toEqual([true, true, true]);
  });

  it('goes to the security channel when asked, and stays silent below the level', () => {
    const { log, destination } = logger();
    log.security.warn({ status: 403 }, 'denied');
    log.security.security.warn('again');
    log.debug('not written');
    expect(destination.parsed().map(({ channel, level }) => [channel, level])).toEqual([['security', 'warn'], ['security', 'warn']]); // prettier-ignore
    expect(log.isOn('debug')).toBe(false);
  });

  it('does not let a field pass for what the logger writes', () => {
    const { log, destination } = logger();
    withLogContext({ request_id: 'real' }, () =>
      log.info({ level: 'error', time: 'x', msg: 'forged', channel: 'security', request_id: 'forged' }, 'said'),
    );
    expect(destination.parsed()[0]).toMatchObject({
      level: 'info',
      msg: 'said',
      channel: 'application',
      request_id: 'real',
      _level: 'error',
      _msg: 'forged',
    });
    expect(destination.lines[0]?.match(/"level"/g)).toHaveLength(1);
  });

  it('cannot be split by what a client sends', () => {
    const { log, destination } = logger();
    const { log: pretty, destination: people } = logger('info', 'pretty');
    const hostile = 'a\r\n{"level":"error"}\u2028\u0085\u001b[31m\u202e end';
    log.info({ route: hostile, [hostile]: 1 }, hostile);
    pretty.info({ route: hostile, [hostile]: 1 }, hostile);
    // eslint-disable-next-line no-control-regex
    expect(destination.lines.join('').trimEnd()).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u202e]/);
    // eslint-disable-next-line no-control-regex
    expect(people.lines.join('').trimEnd()).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u202e]/);
  });

  it('writes an access line as it is given, with the round trips to the database', () => {
    const { log, destination } = logger();
    withLogContext({ request_id: 'r-2' }, () => {
      countDbTrip();
      log.access({ method: 'GET', route: '/api/v1/stores/:store_id', status: 200, ms: 1.5 });
    });
    expect(destination.parsed()[0]).toMatchObject({
      msg: 'request',
      method: 'GET',
      status: 200,
      ms: 1.5,
      db_trips: 1,
      request_id: 'r-2',
      channel: 'application',
    });
  });

  it('names a slow statement by its place, without text or parameters', () => {
    const { log, destination } = logger();
    logSlowQuery(log, 'modules/stores/stores.repository.ts:41', 123.6);
    expect(destination.parsed()[0]).toMatchObject({
      level: 'warn',
      msg: 'slow_query',
      statement: 'modules/stores/stores.repository.ts:41',
      ms: 124,
    });
  });
});

describe('canaries', () => {
  const places: [string, (log: ReturnType<typeof logger>['log']) => void][] = [
    ['by name, flat', (log) => log.info({ password: CANARIES.password, access_token: CANARIES.token, apiKey: CANARIES.key, 'x-api-key': CANARIES.key, webhook_secret: CANARIES.webhook, Authorization: `Bearer ${CANARIES.token}`, cookie: `a=${CANARIES.refresh}`, card_number: CANARIES.card, iban: CANARIES.iban, email: CANARIES.email, phone: CANARIES.phone }, 'x')],
    ['by name, deep and in lists', (log) => log.info({ a: [{ b: { c: [{ new_password: CANARIES.password }, { headers: { 'set-cookie': [CANARIES.refresh] } }] } }] }, 'x')],
    ['by form, under an innocent name', (log) => log.info({ note: Object.values(CANARIES).slice(1).join(' | '), list: Object.values(CANARIES).slice(1) }, 'x')],
    ['in the message', (log) => log.info(`sent ${CANARIES.email} ${CANARIES.phone} ${CANARIES.card} ${CANARIES.iban} ${CANARIES.token} ${CANARIES.key} ${CANARIES.webhook} password=${CANARIES.password}`)],
    ['in a link', (log) => log.info({ url: `https://a.example/reset#${CANARIES.refresh}`, next: `https://u:${CANARIES.password}@h.example/?token=${CANARIES.refresh}&a=1` }, 'x')],
    ['in a number', (log) => log.info({ n: 4111111111111111, big: 4111111111111111n }, 'x')],
    ['in an error', (log) => log.error({ err: Object.assign(new Error(`mail to ${CANARIES.email} failed`, { cause: new Error(`password: ${CANARIES.password}`) }), { detail: `Key (email)=(${CANARIES.email})`, response: { token: CANARIES.token } }) }, 'x')],
    ['in an error of PostgreSQL', (log) => log.error({ err: Object.assign(new Error(`invalid input syntax for type uuid: "${CANARIES.password}"`), { code: '22P02' }) }, 'x')],
    ['as a name', (log) => log.info({ [CANARIES.email]: 1, nested: { [CANARIES.key]: 2 } }, 'x')],
    ['at the edge of a long text', (log) => { for (let pad = 1_990; pad < 2_420; pad += 13) log.info({ text: `${'x '.repeat(pad / 2)}${CANARIES.email} ${CANARIES.card}${' y'.repeat(2_000)}` }, 'x'); }],
    ['through toJSON, Map, Set, URL and Buffer', (log) => log.info({ a: { toJSON: () => CANARIES.password }, m: new Map([['k', CANARIES.password]]), s: new Set([CANARIES.password]), u: new URL(`https://x:${CANARIES.refresh}@y.example`), b: Buffer.from(CANARIES.password) }, 'x')],
  ]; // prettier-ignore

  it.each(places)('%s leave none', (_name, act) => {
    for (const format of ['json', 'pretty'] as const) {
      const { log, destination } = logger('trace', format);
      act(log);
      expect(destination.lines.length).toBeGreaterThan(0);
      expect(leaks(destination.lines.join(''))).toEqual([]);
      expect(destination.lines.join('')).not.toMatch(/4111111111|marguerite|@harbour/);
    }
  });

  it('harmless values stay readable', () => {
    const { log, destination } = logger();
    const id = '01900000-4111-7111-8111-111111111111';
    log.info({ tenant_id: id, at: '2026-01-15T10:20:30.123Z', ms: 1700000000123, sha: 'a'.repeat(64), route: '/api/v1/roles/:role_id', step_key: 'create_owner', token_type: 'Bearer', code: '23505', file: 'libs/platform/db/sql.ts:41' }, 'duplicate key value violates unique constraint "roles_name_key"'); // prettier-ignore
    expect(destination.parsed()[0]).toMatchObject({
      tenant_id: id, at: '2026-01-15T10:20:30.123Z', ms: 1700000000123, sha: 'a'.repeat(64), route: '/api/v1/roles/:role_id', step_key: 'create_owner', token_type: 'Bearer', code: '23505',
      file: 'libs/platform/db/sql.ts:41', msg: 'duplicate key value violates unique constraint "roles_name_key"',
    }); // prettier-ignore
  });

  it('keeps type, code, frames and cause of an error', () => {
    const { log, destination } = logger();
    log.error({ err: Object.assign(new TypeError('broke', { cause: new Error('because') }), { code: 'E_X' }) }, 'x');
    expect(destination.parsed()[0]?.['err']).toMatchObject({
      type: 'TypeError',
      message: 'broke',
      code: 'E_X',
      stack: expect.stringContaining('at '),
      cause: { message: 'because' },
    });
  });
});

describe('a hostile object', () => {
  const boom = (): never => {
    throw new Error(CANARIES.password);
  };
  const trap = new Proxy({}, { get: boom, ownKeys: boom, getPrototypeOf: boom, getOwnPropertyDescriptor: boom, has: boom });
  const revoked = Proxy.revocable([], {});
  revoked.revoke();
  const cycle: Record<string, unknown> = { name: 'cycle' };
  cycle['self'] = { again: [cycle] };
  const deep: Record<string, unknown> = {};
  let at = deep;
  for (let i = 0; i < 5_000; i += 1) at = at['next'] = {} as Record<string, unknown>;

  const makers: (() => unknown)[] = [
    () => trap,
    () => revoked.proxy,
    () => cycle,
    () => deep,
    () => Object.defineProperty({}, 'x', { enumerable: true, get: boom }),
    () => ({ toString: boom, valueOf: boom, toJSON: boom, [Symbol.toPrimitive]: boom, [Symbol.iterator]: boom }),
    () => Object.assign(Object.create(null) as object, { password: CANARIES.password }),
    () => JSON.parse(`{"__proto__":{"password":${JSON.stringify(CANARIES.password)}},"constructor":"x"}`) as unknown,
    () => Symbol(CANARIES.email),
    () => 10n ** 400n,
    () => 'x'.repeat(3_000_000) + CANARIES.email,
    () => new Date(Number.NaN),
    () => Array.from({ length: 100_000 }, () => CANARIES.email),
    () => Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`f${i}`, CANARIES.email])),
    () => Object.defineProperty(new Error('x'), 'message', { get: boom }),
    () => Object.defineProperty(new Error('x'), 'stack', { get: boom }),
    () => Object.assign(new Error(CANARIES.email), { name: trap, code: cycle, cause: trap, errors: revoked.proxy }),
    () => new (class extends Error { override get name(): string { return boom(); } })('x'), // prettier-ignore
    () => Object.setPrototypeOf(new Error('x'), trap) as unknown,
    () => Object.setPrototypeOf({ a: 1 }, trap) as unknown,
    () => new Map([[trap, trap]]),
    () => Object.assign(() => 1, { password: CANARIES.password }),
    () => new WeakMap(),
    () => new Uint8Array(100_000),
    () => '\ud800 lone \u0000 \u2028',
    () => Number.NaN,
    () => undefined,
    () => Object.defineProperty([1, 2], '0', { get: boom }),
    () => Object.assign([], { length: 4_000_000_000 }),
  ];
  // fast-check looks into the values it makes, so it makes functions that make them.
  type Make = () => unknown;
  const hostile = fc.letrec<{ make: Make }>((tie) => ({
    make: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom(...makers),
      fc.anything().map((value) => () => value),
      fc
        .dictionary(fc.oneof(fc.string(), fc.constantFrom('password', 'refresh_token', 'API-Key', 'safe')), tie('make'), { maxKeys: 4 })
        .map((record) => () => Object.fromEntries(Object.entries(record).map(([name, make]) => [name, make()]))),
      fc.array(tie('make'), { maxLength: 4 }).map((list) => () => list.map((make) => make())),
      fc.constantFrom(...Object.values(CANARIES).slice(1)).map((canary) => () => `text ${canary} text`),
      fc.constant(() => ({ password: CANARIES.password, list: [{ secret: CANARIES.password }] })),
    ),
  })).make;

  it('becomes one line without a secret and without a throw, a thousand times', () => {
    fc.assert(
      fc.property(hostile, fc.constantFrom('json' as const, 'pretty' as const), (make, format) => {
        const value = make();
        const { log, destination } = logger('trace', format);
        log.error({ value, err: value } as Record<string, unknown>, 'hostile');
        log.error(value as never, value as never);
        expect(log.dropped).toBe(0);
        expect(destination.lines).toHaveLength(2);
        for (const line of destination.lines) {
          expect(line.length).toBeLessThan(120_000);
          expect(leaks(line)).toEqual([]);
          if (format === 'json') expect(JSON.parse(line)).toMatchObject({ level: 'error' });
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('NestLogger', () => {
  it('puts what Nest says on our lines', () => {
    const { log, destination } = logger('trace');
    const nest = new NestLogger(log);
    nest.log('Nest application started', 'NestApplication');
    nest.error('broke', 'Error: broke\n    at x (y.ts:1:1)', 'Router');
    nest.error(new Error('thrown'), undefined, 'Router');
    nest.warn({ odd: true }, 'X');
    expect(destination.parsed()).toMatchObject([
      { level: 'debug', msg: 'Nest application started', context: 'NestApplication' },
      { level: 'error', msg: 'broke', context: 'Router', stack: expect.stringContaining('at x') },
      { level: 'error', err: { message: 'thrown' }, context: 'Router' },
      { level: 'warn', value: { odd: true }, context: 'X' },
    ]);
  });
});
