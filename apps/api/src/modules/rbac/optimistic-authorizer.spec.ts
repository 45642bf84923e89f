import { fail } from '#contracts/errors.js';
import type { RequestFacts, VerifiedCredential } from '#platform/auth/index.js';
import type { Clock } from '#platform/crypto/index.js';
import type { RbacAuthorizer } from './authorizer.js';
import { OptimisticAuthorizer } from './optimistic-authorizer.js';
import { RememberedContexts } from './remembered-contexts.js';
import type { RightsCheck } from './rights-check.repository.js';
import type { Rights } from './rights.js';

const TENANT = '0190a1b2-0000-7000-8000-000000000001';
const facts = (ip = '10.0.0.1'): RequestFacts => ({ request_id: 'r', ip, user_agent: 'agent', method: 'GET', route: '/' });
const person = (session_id = 's'): VerifiedCredential => ({
  kind: 'user', user_id: 'u', session_id, tenant_id: TENANT, limited_to: null, expires_at: new Date(),
}); // prettier-ignore
const check: RightsCheck = {
  kind: 'session', tenant_id: TENANT, slug: 'acme', tenant_version: '7', user_id: 'u', principal_version: '8', session_id: 's', needs_mfa: false,
}; // prettier-ignore
const rightsOfPerson = (over: Partial<Rights> = {}): Rights =>
  ({
    tenant_id: TENANT,
    mfa_missing: false,
    actor: { type: 'user', id: 'u', ip: '10.0.0.1', user_agent: 'agent' },
    assignments: [],
    check,
    valid_until: Number.POSITIVE_INFINITY,
    ...over,
  }) as unknown as Rights;

/** Stage 1 that answers when it is told to. */
function stage(now = 1_000) {
  const readings: { resolve(rights: Rights): void; reject(error: unknown): void }[] = [];
  const time = { now };
  const stage1 = { authorize: () => new Promise((resolve, reject) => readings.push({ resolve, reject })) } as unknown as RbacAuthorizer;
  const clock = { now: () => new Date(time.now) } as Clock;
  return { readings, time, authorizer: new OptimisticAuthorizer(stage1, clock) };
}

describe('the optimistic authorizer', () => {
  it('remembers what was read, as of the request that asks, and never calls it fresh', async () => {
    const { authorizer, readings } = stage();
    expect(authorizer.recall(person(), facts())).toBeNull();
    const reading = authorizer.authorize(person(), facts());
    readings[0]?.resolve(rightsOfPerson());
    expect((await reading).remembered).toBeUndefined();
    expect(authorizer.recall(person(), facts('10.0.0.2'))).toMatchObject({ remembered: true, actor: { ip: '10.0.0.2', id: 'u' } });
    expect(authorizer.recall(person('other'), facts())).toBeNull();
  });

  it('gives a reading that was under way before as a guess, which its opening checks', async () => {
    const { authorizer, readings } = stage();
    const [first, second] = [authorizer.read(person(), facts()), authorizer.read(person(), facts('10.0.0.9'))];
    expect(readings).toHaveLength(1);
    readings[0]?.resolve(rightsOfPerson());
    expect((await first).remembered).toBeUndefined();
    const joined = await second;
    expect(joined).toMatchObject({ remembered: true, actor: { ip: '10.0.0.9' } });
    expect(authorizer.opening(await first, 'all')).toBeNull();
    const opening = authorizer.opening(joined, 'all');
    expect(opening?.params).toEqual([TENANT, '7', 'u', '8', 's', 'acme', false, '*']);
    expect(opening?.leaves?.params).toEqual([TENANT, '*']);
  });

  it('never refuses by the reading of another request', async () => {
    const { authorizer, readings } = stage();
    const [first, second] = [authorizer.read(person(), facts()), authorizer.read(person(), facts())];
    readings[0]?.reject(fail('session_revoked'));
    await expect(first).rejects.toMatchObject({ code: 'session_revoked' });
    await new Promise(setImmediate);
    expect(readings).toHaveLength(2);
    readings[1]?.resolve(rightsOfPerson());
    expect((await second).remembered).toBeUndefined();
  });

  it('forgets what was refused, what waits for the second factor and what nothing would end', async () => {
    const { authorizer, readings } = stage();
    const read = async (answer: Rights | Error): Promise<void> => {
      const reading = authorizer.authorize(person(), facts()).catch(() => undefined);
      if (answer instanceof Error) readings.at(-1)?.reject(answer);
      else readings.at(-1)?.resolve(answer);
      await reading;
    };
    for (const answer of [rightsOfPerson({ mfa_missing: true }), rightsOfPerson({ check: null }), fail('session_revoked')]) {
      await read(rightsOfPerson());
      expect(authorizer.recall(person(), facts())).not.toBeNull();
      await read(answer);
      expect(authorizer.recall(person(), facts())).toBeNull();
    }
  });

  it('keeps support access out, and a key to the address it came from', async () => {
    const { authorizer, readings } = stage();
    const support = {
      ...person(),
      support: { impersonation_id: 'i', staff: { id: 'x', label: 'X' }, mode: 'write' },
    } as VerifiedCredential;
    const key = (byte: number): VerifiedCredential => ({ kind: 'api_key', credential_hash: Buffer.alloc(32, byte) });
    for (const credential of [support, key(1)]) {
      const reading = authorizer.read(credential, facts());
      readings.at(-1)?.resolve(rightsOfPerson());
      await reading;
    }
    expect(authorizer.recall(support, facts())).toBeNull();
    expect(authorizer.recall(key(1), facts())).not.toBeNull();
    expect(authorizer.recall(key(1), facts('10.0.0.2'))).toBeNull();
    expect(authorizer.recall(key(2), facts())).toBeNull();
  });

  it('ends with the first clock, and after a minute', async () => {
    const { authorizer, readings, time } = stage(1_000);
    const read = async (valid_until: number): Promise<void> => {
      const reading = authorizer.authorize(person(), facts());
      readings.at(-1)?.resolve(rightsOfPerson({ valid_until }));
      await reading;
    };
    await read(5_000);
    time.now = 4_999;
    expect(authorizer.recall(person(), facts())).not.toBeNull();
    time.now = 5_000;
    expect(authorizer.recall(person(), facts())).toBeNull();
    await read(Number.POSITIVE_INFINITY);
    time.now = 64_999;
    expect(authorizer.recall(person(), facts())).not.toBeNull();
    time.now = 65_000;
    expect(authorizer.recall(person(), facts())).toBeNull();
  });
});

describe('remembered contexts', () => {
  const entry = (at = 0) => ({ rights: rightsOfPerson(), at, valid_until: Number.POSITIVE_INFINITY });

  it('lose who was not asked for longest, and whatever comes from a clock that was set back', () => {
    const contexts = new RememberedContexts(2);
    contexts.keep('a', entry());
    contexts.keep('b', entry());
    contexts.find('a', 1);
    contexts.keep('c', entry());
    expect(['a', 'b', 'c'].map((key) => contexts.find(key, 1) !== null)).toEqual([true, false, true]);
    expect(contexts.size).toBe(2);
    contexts.keep('later', entry(100));
    expect(contexts.find('later', 99)).toBeNull();
  });

  it('do not keep those who have left', () => {
    const contexts = new RememberedContexts(100, 1_000);
    for (let i = 0; i < 10; i++) contexts.keep(`old ${i}`, entry(i));
    expect(contexts.size).toBe(10);
    contexts.keep('new', entry(1_005));
    expect(contexts.size).toBe(5);
    contexts.keep('newer', entry(3_000));
    expect(contexts.size).toBe(1);
  });
});
