/**
 * The only place that knows access tokens: memory of this tab, one per tenant; the refresh token is an httpOnly cookie that no script
 * sees. One instance per realm. Everything it touches comes in, so that it runs without a browser.
 */
import { ApiError, hasCode, localError } from './errors';
import type { Realm } from './storage';
import type { Next, SignInAnswer, TenantRef } from './types';

export interface Held {
  readonly token: string;
  readonly tenant: TenantRef | null;
  readonly user_id: string;
  readonly expires_at: number;
  readonly next: Next | null;
}

/** Platform staff inside a tenant as one of its people. */
export interface Support {
  readonly impersonation_id: string;
  readonly tenant_id: string;
  readonly slug: string;
}

export type SessionMessage = { type: 'token'; held: Held } | { type: 'signed_out' };

export interface SessionDeps {
  readonly realm: Realm;
  /** POST without a credential; throws ApiError. */
  refresh(tenant: string | null): Promise<SignInAnswer>;
  logout(): Promise<void>;
  /** Runs alone among the tabs of this browser, or at once where locks do not exist. */
  exclusive<T>(work: () => Promise<T>): Promise<T>;
  broadcast(message: SessionMessage): void;
  now(): number;
  /** "Somebody is signed in here": saves a refused call on the first visit. */
  hint: { get(): boolean; set(signedIn: boolean): void };
}

export interface Session {
  /** A token good for 30 s and more. Throws `signed_out` when only a sign-in helps. */
  tokenFor(tenant: string | null): Promise<Held>;
  /** The token was refused: get another one. `refused` is the one that failed. */
  renew(tenant: string | null, refused: string): Promise<Held>;
  adopt(answer: SignInAnswer): Held | null;
  /** A token that was lent for support: this tab's alone, and nothing renews it. What it is for goes on under it. */
  borrow(held: Held, support: Support): void;
  giveBack(): void;
  /** Of this tenant, or of any: also when its time is over, so that the page knows where to go back to. */
  support(tenant?: string): Support | null;
  receive(message: SessionMessage): void;
  signOut(): Promise<void>;
  mayBeSignedIn(): boolean;
  userId(): string | null;
  onSignedOut(listener: () => void): () => void;
}

const MARGIN_MS = 30_000;

export function createSession(deps: SessionDeps): Session {
  const held = new Map<string, Held>();
  const waiting = new Map<string, Promise<Held>>();
  const listeners = new Set<() => void>();
  let user: string | null = null;
  let lent: { readonly held: Held; readonly support: Support } | null = null;

  const support = (tenant?: string | null): Support | null =>
    lent !== null && (tenant === undefined || tenant === lent.support.slug || tenant === lent.support.tenant_id) ? lent.support : null;

  const key = (tenant: string | null): string => tenant ?? '';
  const good = (tenant: string | null, refused?: string): Held | null => {
    const one = held.get(key(tenant));
    return one !== undefined && one.token !== refused && one.expires_at - deps.now() > MARGIN_MS ? one : null;
  };

  const keep = (one: Held): void => {
    // Another person signed in: nothing of the first one stays.
    if (user !== null && user !== one.user_id) held.clear();
    user = one.user_id;
    if (one.tenant === null) held.set('', one);
    else {
      held.set(one.tenant.slug, one);
      held.set(one.tenant.tenant_id, one);
    }
  };

  const adopt = (answer: SignInAnswer): Held | null => {
    deps.hint.set(true);
    if (answer.token === null) return null;
    const one: Held = {
      token: answer.token,
      tenant: answer.tenant,
      user_id: answer.user.user_id,
      expires_at: deps.now() + answer.expires_in * 1000,
      next: answer.next,
    };
    keep(one);
    deps.broadcast({ type: 'token', held: one });
    return one;
  };

  const forget = (): void => {
    held.clear();
    user = null;
    deps.hint.set(false);
  };

  const fetchToken = (tenant: string | null, refused?: string): Promise<Held> => {
    const name = key(tenant);
    const running = waiting.get(name);
    if (running !== undefined) return running;
    const work = deps
      .exclusive(async () => {
        // Another tab may have done it while we waited for the lock.
        const adopted = good(tenant, refused);
        if (adopted !== null) return adopted;
        const one = adopt(await deps.refresh(tenant));
        if (one === null) throw new ApiError({ status: 400, code: 'tenant_required' });
        // Asked by slug or id, answered with both: the name that was asked must find it too.
        if (one.tenant === null || tenant === null) held.set(name, one);
        return one;
      })
      .catch((cause: unknown) => {
        if (hasCode(cause, 'refresh_invalid', 'session_revoked', 'unauthenticated')) {
          deps.hint.set(false);
          held.clear();
          throw localError('signed_out');
        }
        throw cause;
      })
      .finally(() => waiting.delete(name));
    waiting.set(name, work);
    return work;
  };

  return {
    tokenFor(tenant) {
      if (lent !== null && support(tenant) !== null)
        return lent.held.expires_at > deps.now() ? Promise.resolve(lent.held) : Promise.reject(localError('signed_out'));
      const one = good(tenant);
      if (one !== null) return Promise.resolve(one);
      if (!deps.hint.get()) return Promise.reject(localError('signed_out'));
      return fetchToken(tenant);
    },
    renew: (tenant, refused) => {
      if (support(tenant) !== null) return Promise.reject(localError('signed_out'));
      const one = good(tenant, refused);
      return one === null ? fetchToken(tenant, refused) : Promise.resolve(one);
    },
    adopt,
    borrow(held, of) {
      lent = { held, support: of };
    },
    giveBack() {
      lent = null;
    },
    support,
    receive(message) {
      if (message.type === 'signed_out') {
        forget();
        for (const listener of listeners) listener();
      } else if (user === null || user === message.held.user_id) {
        keep(message.held);
      }
    },
    async signOut() {
      try {
        await deps.logout();
      } finally {
        forget();
        deps.broadcast({ type: 'signed_out' });
        for (const listener of listeners) listener();
      }
    },
    mayBeSignedIn: () => held.size > 0 || deps.hint.get(),
    userId: () => user,
    onSignedOut(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
