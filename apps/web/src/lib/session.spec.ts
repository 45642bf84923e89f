import { ApiError, hasCode } from './errors';
import { createSession, type Session, type SessionDeps, type SessionMessage } from './session';
import type { SignInAnswer } from './types';

const HARBOUR = { tenant_id: 'id-harbour', slug: 'harbour', name: 'Harbour', status: 'active' };
const answer = (token: string | null, over: Partial<SignInAnswer> = {}): SignInAnswer => ({
  token,
  expires_in: 900,
  user: { user_id: 'ana', email: 'ana@harbour.example', display_name: 'Ana' },
  tenant: HARBOUR,
  tenants: [],
  next: null,
  ...over,
});
const refused = (code: string): ApiError => new ApiError({ status: 401, code });

interface World {
  session: Session;
  calls: (string | null)[];
  sent: SessionMessage[];
  clock: { now: number };
  signedIn: { value: boolean };
}
function world(refresh: (tenant: string | null, call: number) => SignInAnswer, over: Partial<SessionDeps> = {}): World {
  const calls: (string | null)[] = [];
  const sent: SessionMessage[] = [];
  const clock = { now: 1_000_000 };
  const signedIn = { value: true };
  const session = createSession({
    realm: 'tenant',
    refresh: async (tenant) => {
      calls.push(tenant);
      await Promise.resolve();
      return refresh(tenant, calls.length);
    },
    logout: () => Promise.resolve(),
    exclusive: (work) => work(),
    broadcast: (message) => sent.push(message),
    now: () => clock.now,
    hint: { get: () => signedIn.value, set: (value) => (signedIn.value = value) },
    ...over,
  });
  return { session, calls, sent, clock, signedIn };
}

describe('tokenFor', () => {
  it('asks once for many callers', async () => {
    const { session, calls, sent } = world(() => answer('one'));
    const held = await Promise.all([session.tokenFor('harbour'), session.tokenFor('harbour'), session.tokenFor('harbour')]);
    expect(new Set(held.map((one) => one.token))).toEqual(new Set(['one']));
    expect(calls).toEqual(['harbour']);
    expect(sent).toHaveLength(1);
  });

  it('finds the token by slug and by id', async () => {
    const { session, calls } = world(() => answer('one'));
    await session.tokenFor('harbour');
    expect((await session.tokenFor('id-harbour')).token).toBe('one');
    expect(calls).toHaveLength(1);
  });

  it('renews 30 s before the end', async () => {
    const { session, calls, clock } = world((_tenant, call) => answer(`token ${call}`));
    await session.tokenFor('harbour');
    clock.now += 869_000;
    expect((await session.tokenFor('harbour')).token).toBe('token 1');
    clock.now += 2_000;
    expect((await session.tokenFor('harbour')).token).toBe('token 2');
    expect(calls).toHaveLength(2);
  });

  it('does not ask when nobody signed in here', async () => {
    const { session, calls, signedIn } = world(() => answer('one'));
    signedIn.value = false;
    await expect(session.tokenFor('harbour')).rejects.toMatchObject({ code: 'signed_out' });
    expect(calls).toEqual([]);
  });

  it('keeps tenants apart', async () => {
    const { session } = world((tenant) =>
      answer(`for ${tenant}`, { tenant: { ...HARBOUR, tenant_id: `id-${tenant}`, slug: String(tenant) } }),
    );
    expect((await session.tokenFor('harbour')).token).toBe('for harbour');
    expect((await session.tokenFor('meadow')).token).toBe('for meadow');
    expect((await session.tokenFor('harbour')).token).toBe('for harbour');
  });

  it.each(['refresh_invalid', 'session_revoked'])('turns %s into "sign in" and forgets', async (code) => {
    const { session, signedIn } = world(() => {
      throw refused(code);
    });
    const failed: unknown = await session.tokenFor('harbour').catch((cause: unknown) => cause);
    expect(hasCode(failed, 'signed_out')).toBe(true);
    expect(signedIn.value).toBe(false);
  });

  it('passes other refusals on and may be asked again', async () => {
    const { session, calls } = world((_tenant, call) => {
      if (call === 1) throw refused('busy');
      return answer('one');
    });
    await expect(session.tokenFor('harbour')).rejects.toMatchObject({ code: 'busy' });
    expect((await session.tokenFor('harbour')).token).toBe('one');
    expect(calls).toHaveLength(2);
  });

  it('says when a tenant must be chosen', async () => {
    const { session } = world(() => answer(null, { tenant: null, next: 'choose_tenant' }));
    await expect(session.tokenFor(null)).rejects.toMatchObject({ code: 'tenant_required' });
  });
});

describe('between tabs', () => {
  it('adopts the token that another tab got while waiting for the lock', async () => {
    const other = world(() => answer('theirs'));
    const held = await other.session.tokenFor('harbour');
    const mine = world(() => answer('mine'), {
      exclusive: (work) => {
        mine.session.receive({ type: 'token', held });
        return work();
      },
    });
    expect((await mine.session.tokenFor('harbour')).token).toBe('theirs');
    expect(mine.calls).toEqual([]);
  });

  it('adopts only of the same person', async () => {
    const { session } = world(() => answer('mine'));
    const held = await session.tokenFor('harbour');
    session.receive({ type: 'token', held: { ...held, token: 'of somebody else', user_id: 'eve' } });
    expect((await session.tokenFor('harbour')).token).toBe('mine');
  });

  it('forgets with the tab that signed out', async () => {
    const { session, signedIn } = world(() => answer('mine'));
    await session.tokenFor('harbour');
    let told = 0;
    session.onSignedOut(() => (told += 1));
    session.receive({ type: 'signed_out' });
    expect(told).toBe(1);
    expect(signedIn.value).toBe(false);
    await expect(session.tokenFor('harbour')).rejects.toMatchObject({ code: 'signed_out' });
  });
});

describe('renew', () => {
  it('asks for another token than the refused one, once', async () => {
    const { session, calls } = world((_tenant, call) => answer(`token ${call}`));
    const held = await session.tokenFor('harbour');
    const [one, two] = await Promise.all([session.renew('harbour', held.token), session.renew('harbour', held.token)]);
    expect([one.token, two.token]).toEqual(['token 2', 'token 2']);
    expect(calls).toHaveLength(2);
    expect((await session.renew('harbour', 'token 1')).token).toBe('token 2');
    expect(calls).toHaveLength(2);
  });
});

describe('signing in and out', () => {
  it('leaves nothing of the first person to the second', () => {
    const { session } = world(() => answer('x'));
    session.adopt(answer('first'));
    session.adopt(
      answer('second', {
        user: { user_id: 'bob', email: 'b@x.example', display_name: 'Bob' },
        tenant: { ...HARBOUR, tenant_id: 'id-m', slug: 'meadow' },
      }),
    );
    expect(session.userId()).toBe('bob');
    return expect(session.tokenFor('harbour')).resolves.toMatchObject({ token: 'x' });
  });

  it('tells the other tabs even when the server cannot be reached', async () => {
    const { session, sent, signedIn } = world(() => answer('x'), { logout: () => Promise.reject(refused('network')) });
    session.adopt(answer('first'));
    await session.signOut().catch(() => undefined);
    expect(sent.at(-1)).toEqual({ type: 'signed_out' });
    expect(signedIn.value).toBe(false);
    expect(session.mayBeSignedIn()).toBe(false);
  });
});

describe('a token lent for support', () => {
  const support = { impersonation_id: 'imp', tenant_id: 'id-harbour', slug: 'harbour' };
  const held = { token: 'lent', tenant: HARBOUR, user_id: 'olena', expires_at: 1_000_000 + 1_800_000, next: null };

  it('goes before the own one, in its tenant only, and is told to no other tab', async () => {
    const { session, sent } = world(() => answer('own', { tenant: { ...HARBOUR, tenant_id: 'id-other', slug: 'other' } }));
    session.borrow(held, support);
    expect((await session.tokenFor('harbour')).token).toBe('lent');
    expect((await session.tokenFor('id-harbour')).token).toBe('lent');
    expect((await session.tokenFor('other')).token).toBe('own');
    expect(JSON.stringify(sent)).not.toContain('lent');
    expect(session.support('other')).toBeNull();
  });

  it('is never renewed, not even by the own session of the same browser', async () => {
    const { session, calls, clock } = world(() => answer('own'));
    session.borrow(held, support);
    await expect(session.renew('harbour', 'lent')).rejects.toMatchObject({ code: 'signed_out' });
    clock.now = held.expires_at;
    await expect(session.tokenFor('harbour')).rejects.toMatchObject({ code: 'signed_out' });
    expect(calls).toEqual([]);
    expect(session.support()).toEqual(support);
    session.giveBack();
    expect((await session.tokenFor('harbour')).token).toBe('own');
  });
});
