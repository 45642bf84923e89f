/**
 * The only file that calls `fetch`. Three clients: public, one per tenant, platform. A refused token is renewed once and the request
 * repeated once (the handler did not run). Every failure is an ApiError.
 */
import createClient from 'openapi-fetch';
import { ApiError, localError, retryAfter, toProblem } from './errors';
import { createSession, type Held, type Session, type SessionMessage } from './session';
import { readSignedIn, writeSignedIn, type Realm } from './storage';
import { createStore } from './store';
import type { paths, SignInAnswer, StaffAnswer } from './types';

const BASE = '/api/v1';
const origin = (): string => window.location.origin;

/** `maintenance` and `offline` show a bar; data stays readable. */
export const connection = createStore<'ok' | 'offline' | 'maintenance'>('ok');
/** First build seen and the newest one; different: "New version". */
export const builds = createStore<{ first: string; latest: string } | null>(null);
/** Somebody must sign in again over the page. */
export const signInNeeded = createStore<Realm | null>(null);

async function send(request: Request): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(request);
  } catch (cause) {
    if (request.signal.aborted) throw cause;
    connection.set('offline');
    throw localError('network');
  }
  const build = response.headers.get('x-app-build');
  if (build !== null && builds.get()?.latest !== build) builds.set({ first: builds.get()?.first ?? build, latest: build });
  if (response.status !== 503) connection.set('ok');
  return response;
}

async function failure(response: Response): Promise<ApiError> {
  const body: unknown = await response.json().catch(() => null);
  const error = new ApiError(
    toProblem(body, response.status, response.headers.get('x-request-id')),
    retryAfter(response.headers.get('retry-after'), Date.now()),
  );
  if (error.code === 'maintenance') connection.set('maintenance');
  return error;
}

async function post<T>(path: string, body: unknown): Promise<T> {
  const response = await send(
    new Request(origin() + BASE + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'X-Client': 'web' },
      body: JSON.stringify(body),
      credentials: 'same-origin',
    }),
  );
  if (!response.ok) throw await failure(response);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

/** Staff and members sign in with different words; inside, both are one shape. */
const ofStaff = (answer: StaffAnswer): SignInAnswer => ({
  ...answer,
  user: { user_id: answer.user.platform_user_id, email: answer.user.email, display_name: answer.user.display_name },
  tenant: null,
  tenants: [],
});

function openSession(realm: Realm): Session {
  const name = `tenantry-session:${realm}`;
  const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(name);
  const session = createSession({
    realm,
    refresh: async (tenant) =>
      realm === 'platform'
        ? ofStaff(await post<StaffAnswer>('/platform/auth/refresh', {}))
        : await post<SignInAnswer>('/auth/refresh', tenant === null ? {} : { tenant }),
    logout: () => post(realm === 'platform' ? '/platform/auth/logout' : '/auth/logout', {}),
    exclusive: async (work) => {
      // Web Locks exist on https and localhost only; elsewhere the server gives racing tabs the same successor.
      if (!('locks' in navigator)) return work();
      return navigator.locks.request(`tenantry-refresh:${realm}`, async () => {
        // The message of the tab that held the lock before us is on its way: let it arrive.
        await new Promise((resolve) => setTimeout(resolve, 15));
        return work();
      });
    },
    broadcast: (message) => channel?.postMessage(message),
    now: Date.now,
    hint: { get: () => readSignedIn(realm), set: (signedIn) => writeSignedIn(realm, signedIn) },
  });
  channel?.addEventListener('message', (event: MessageEvent<SessionMessage>) => session.receive(event.data));
  return session;
}

export const sessions: Readonly<Record<Realm, Session>> = { tenant: openSession('tenant'), platform: openSession('platform') };

async function authorized(realm: Realm, tenant: string | null, request: Request): Promise<Response> {
  const session = sessions[realm];
  const with_ = (held: Held, source: Request): Request => {
    source.headers.set('authorization', `Bearer ${held.token}`);
    if (held.tenant !== null) source.headers.set('X-Tenant-Id', held.tenant.slug);
    source.headers.set('X-Client', 'web');
    return source;
  };
  try {
    const held = await session.tokenFor(tenant);
    const again = request.clone();
    const response = await send(with_(held, request));
    if (response.status !== 401) return response;
    const { code } = toProblem(
      await response
        .clone()
        .json()
        .catch(() => null),
      401,
      null,
    );
    // A wrong password typed into a form is a 401 too: that one belongs to the form.
    if (code !== 'token_expired' && code !== 'unauthenticated' && code !== 'session_revoked') return response;
    const second = await send(with_(await session.renew(tenant, held.token), again));
    if (second.status === 401) signInNeeded.set(realm);
    return second;
  } catch (cause) {
    if (cause instanceof ApiError && cause.code === 'signed_out') signInNeeded.set(realm);
    throw cause;
  }
}

const client = (send_: (request: Request) => Promise<Response>) =>
  createClient<paths>({ baseUrl: origin(), fetch: send_, credentials: 'same-origin' });
export type Api = ReturnType<typeof client>;

export const publicApi: Api = client(send);
export const platformApi: Api = client((request) => authorized('platform', null, request));

const tenantApis = new Map<string, Api>();
/** `tenant` is the slug or id of the path; null is the tenant the session has by itself, or none. */
export function tenantApi(tenant: string | null): Api {
  const known = tenantApis.get(tenant ?? '');
  if (known !== undefined) return known;
  const made = client((request) => authorized('tenant', tenant, request));
  tenantApis.set(tenant ?? '', made);
  return made;
}

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}
/** The body of a good answer, or a thrown ApiError. */
export async function ok<T>(call: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await call;
  if (response.ok) return data as T;
  const failed = new ApiError(
    toProblem(error, response.status, response.headers.get('x-request-id')),
    retryAfter(response.headers.get('retry-after'), Date.now()),
  );
  if (failed.code === 'maintenance') connection.set('maintenance');
  throw failed;
}

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
interface LooseInit {
  params?: { path?: Record<string, string>; query?: Record<string, string | number | undefined> };
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}
/** A route that the generated client does not know yet: its answer is named in types.ts, against the DTO. */
export const call = <T>(api: Api, method: Method, path: string, init: LooseInit = {}): Promise<T> =>
  ok((api as unknown as { request(method: Method, path: string, init: LooseInit): Promise<Answer<T>> }).request(method, path, init));

/** Sign-in and its relatives; the answer is kept by the session of the realm. */
export async function signIn(
  realm: Realm,
  path: '/auth/login' | '/auth/mfa/verify' | '/auth/accept-invitation',
  body: Record<string, unknown>,
): Promise<SignInAnswer> {
  const answer = realm === 'platform' ? ofStaff(await post<StaffAnswer>(`/platform${path}`, body)) : await post<SignInAnswer>(path, body);
  sessions[realm].adopt(answer);
  // A call that failed before this must not ask for another sign-in after it.
  signInNeeded.set(null);
  return answer;
}

/** Who may be switched to, asked with the refresh cookie alone. */
export async function listTenants(): Promise<SignInAnswer> {
  const answer = await post<SignInAnswer>('/auth/refresh', {});
  sessions.tenant.adopt(answer);
  return answer;
}

/** Opens the realm's stream; null when the topics are refused. */
export async function openStream(
  realm: Realm,
  tenant: string | null,
  topics: readonly string[],
  lastId: string,
  signal: AbortSignal,
): Promise<Response | null> {
  const headers: Record<string, string> = { accept: 'text/event-stream' };
  if (lastId !== '') headers['Last-Event-ID'] = lastId;
  const response = await authorized(
    realm,
    tenant,
    new Request(
      `${origin()}${BASE}${realm === 'platform' ? '/platform/stream' : '/stream'}?topics=${encodeURIComponent(topics.join(','))}`,
      { headers, signal, credentials: 'same-origin' },
    ),
  );
  if (response.ok) return response;
  if (response.status === 403 || response.status === 404) return null;
  throw await failure(response);
}

/** Other sessions of the person end; this one goes on with the tokens of the answer. */
export async function changePassword(realm: Realm, body: { current_password: string; new_password: string }): Promise<SignInAnswer> {
  const answer =
    realm === 'platform'
      ? ofStaff(await ok(platformApi.POST('/api/v1/platform/auth/password/change', { body })))
      : await ok(tenantApi(null).POST('/api/v1/auth/password/change', { body }));
  sessions[realm].adopt(answer);
  return answer;
}

/** A step was passed: the token that still asks for it is exchanged. */
export async function renewToken(realm: Realm, tenant: string | null): Promise<Held> {
  const held = await sessions[realm].tokenFor(tenant);
  return sessions[realm].renew(tenant, held.token);
}

/** Staff go into a tenant as one of its people: from here on this tab's calls to it are theirs. @returns the slug */
export async function enterTenant(
  tenant_id: string,
  body: { user_id: string; reason: string; mode: 'read_only' | 'write' },
): Promise<string> {
  const answer = await ok(platformApi.POST('/api/v1/platform/tenants/{tenant_id}/impersonate', { params: { path: { tenant_id } }, body }));
  const { slug, name } = answer.tenant;
  sessions.tenant.borrow(
    {
      token: answer.token,
      tenant: { tenant_id, slug, name, status: 'active' },
      user_id: answer.impersonation.user_id,
      expires_at: Date.now() + answer.expires_in * 1000,
      next: null,
    },
    { impersonation_id: answer.impersonation.impersonation_id, tenant_id, slug },
  );
  return slug;
}

/** Over at once. One that is over already is no failure. */
export async function leaveTenant(): Promise<void> {
  const support = sessions.tenant.support();
  if (support === null) return;
  const { impersonation_id } = support;
  try {
    await ok(platformApi.DELETE('/api/v1/platform/impersonations/{impersonation_id}', { params: { path: { impersonation_id } } }));
  } catch (cause) {
    if (!(cause instanceof ApiError) || cause.code !== 'not_found') throw cause;
  }
  sessions.tenant.giveBack();
}
