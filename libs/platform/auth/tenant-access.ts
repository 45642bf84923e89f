import type { FastifyRequest } from 'fastify';
import { fail, Problem } from '#contracts/errors.js';
import type { StoreId, TenantId } from '#contracts/ids.js';
import type { Permission } from '#contracts/permissions.js';
import type { Stores, TenantDb, TenantScope } from '../db/index.js';
import { makeConfirmedScope, makeTenantScope } from '../db/scope-factory.js';
import { aroundIdempotent, readIdempotencyKey } from '../http/idempotency.js';
import { requestFacts } from '../http/params.js';
import { setLogContext } from '../logging/index.js';
import type { LimitedRequest, RateLimits } from './rate-limits.js';
import { refusalOf, type Refusal, type TenantRequest } from './tenant-refusal.js';
import type { Authorizer, AuthzContext, CredentialVerifier, Decision, DecisionLog, Grants, RequestFacts, TenantRefusals } from './types.js';

export interface AccessParts {
  readonly db: TenantDb;
  readonly authorizer: Authorizer;
  readonly verifier: CredentialVerifier;
  readonly decisions: DecisionLog;
  readonly refusals: TenantRefusals;
  readonly limits: RateLimits;
}

/**
 * The rights of one request of a tenant route, and the scope made from them.
 *
 * Rights that were read for this request are final. Remembered ones (AUTHZ_MODE=optimistic, on the routes that `Route.remembers` names) are
 * a guess that every batch checks in its opening: nothing behind a stale opening runs, the rights are read again, the guard's question is
 * asked again, and the batch or the whole `work` is repeated. What is on its way to the client without any batch waits in `settle`. And
 * whoever is refused is refused by rights that were just read.
 */
export class TenantAccess {
  readonly #parts: AccessParts;
  readonly #limited: LimitedRequest;
  readonly #request: FastifyRequest;
  readonly #asked: TenantRequest;
  readonly #facts: RequestFacts;
  #authz: AuthzContext | null = null;
  #scope: TenantScope | null = null;
  #isHeld = false;
  #isAdmitted = false;
  /** Remembered rights have refused a permission that the route does not declare. */
  #saidNo = false;

  constructor(parts: AccessParts, limited: LimitedRequest, asked: TenantRequest) {
    const { request } = limited;
    this.#parts = parts;
    this.#limited = limited;
    this.#request = request;
    this.#asked = asked;
    this.#facts = requestFacts(request);
  }

  /** @throws Problem */
  async open(): Promise<void> {
    const { authorizer, limits } = this.#parts;
    const { credential, route } = this.#asked;
    const facts = this.#facts;
    limits.precheck(this.#limited, credential);
    const known = route.remembers
      ? (authorizer.recall(credential, facts) ?? (await authorizer.read(credential, facts)))
      : await authorizer.authorize(credential, facts);
    await limits.tenant(this.#limited, credential, known);
    if (!known.remembered) return this.#enter(known);
    if (refusalOf(known, this.#asked) || !this.#takes(known)) return this.#enter(await authorizer.authorize(credential, facts));
  }

  /** Nothing more to ask before the answer leaves. */
  get isSettled(): boolean {
    return this.#isHeld || this.#scope === null;
  }

  /**
   * Asks the database whether remembered rights still hold, for an answer that was made without it: a refused body, a page from memory.
   * @throws Problem the refusal; authz_changed when what the answer was made from has changed
   */
  async settle(): Promise<void> {
    if (this.#isHeld || !this.#scope) return;
    this.#isHeld = true; // the refusal is an answer, too
    await this.#parts.db.confirm(this.#scope);
    this.#admit();
  }

  /** Rights read for this request: judged, and the judgement told. */
  async #enter(authz: AuthzContext): Promise<void> {
    this.#isHeld = true;
    this.#take(authz);
    const refusal = refusalOf(authz, this.#asked);
    if (refusal) await this.#refuse(authz, refusal);
    this.#admit();
  }

  /** Whatever is wrong with the request beside its rights is told to those who are let in, so it is not found out by remembered ones. */
  #takes(authz: AuthzContext): boolean {
    try {
      this.#take(authz);
      return true;
    } catch (error) {
      if (error instanceof Problem) return false;
      throw error;
    }
  }

  #take(authz: AuthzContext): void {
    const request = this.#request;
    this.#authz = authz;
    request.authz = authz;
    if (this.#scope) return;
    setLogContext({ tenant_id: authz.tenant_id, user_id: authz.principal.user_id });
    this.#scope = this.#makeScope(authz);
    request.scope = this.#scope;
  }

  /** Once a request: who came in is noted when it is certain that they may. */
  #admit(): void {
    if (this.#isAdmitted) return;
    this.#isAdmitted = true;
    const authz = this.#current;
    this.#parts.verifier.accepted(authz, this.#facts);
    for (const permission of this.#asked.permissions) this.#decide(authz, { permission, result: 'allowed', reason: null });
  }

  async #refuse(authz: AuthzContext, { problem, denied }: Refusal): Promise<never> {
    this.#parts.verifier.accepted(authz, this.#facts);
    if (denied) this.#decide(authz, { ...denied, result: 'denied' });
    // Without the request's Idempotency-Key: a refusal is not the result that the key stands for.
    if (problem.code === 'tenant_mismatch') await this.#parts.refusals.mismatch(makeTenantScope({ ...this.#identity(authz), stores: [] }));
    throw problem;
  }

  #decide(authz: AuthzContext, decision: Pick<Decision, 'permission' | 'result' | 'reason'>): void {
    this.#parts.decisions.record({ ...decision, scope: principalOf(authz), request: this.#facts });
  }

  get #current(): AuthzContext {
    if (!this.#authz) throw new Error('the request has not entered');
    return this.#authz;
  }

  #identity({ tenant_id, actor }: AuthzContext) {
    return { tenant_id: tenant_id as TenantId, actor, request_id: this.#request.id };
  }

  #makeScope(authz: AuthzContext): TenantScope {
    const { authorizer, db } = this.#parts;
    const { route, permissions } = this.#asked;
    const identity = this.#identity(authz);
    const first = permissions[0];
    const key = readIdempotencyKey(this.#request, authz.principal.principal_id, route.answer.status, route.one_time_secret);
    const around = key ? { around: aroundIdempotent(key) } : {};
    if (!authz.remembered) {
      return makeTenantScope({
        ...identity,
        ...around,
        stores: first ? (storesOf(authz.effective, first) ?? []) : [],
        storesFor: (permission) => storesOf(authz.effective, permission),
        // The rights were read in this request.
        confirm: () => Promise.resolve(makeConfirmedScope(identity)),
      });
    }
    return makeTenantScope({
      ...identity,
      ...around,
      actor: () => this.#current.actor,
      stores: () => (first ? (storesOf(this.#current.effective, first) ?? []) : []),
      storesFor: (permission) => this.#storesFor(permission),
      opening: (stores) => authorizer.opening(this.#current, stores),
      refresh: () => this.#refresh(),
      noteHeld: () => this.#noteHeld(),
      confirm: (scope) => db.confirm(scope),
    });
  }

  #storesFor(permission: Permission): Stores | null {
    const stores = storesOf(this.#current.effective, permission);
    if (stores === null && !this.#isHeld) this.#saidNo = true;
    return stores;
  }

  #noteHeld(): void {
    if (this.#isHeld) return;
    this.#isHeld = true;
    this.#admit();
  }

  /** After `StaleAuthz`. @throws the refusal */
  async #refresh(): Promise<void> {
    const { authorizer, limits } = this.#parts;
    const { credential } = this.#asked;
    let authz = await authorizer.read(credential, this.#facts);
    if (authz.remembered && refusalOf(authz, this.#asked)) authz = await authorizer.authorize(credential, this.#facts);
    limits.learn(credential, authz);
    if (authz.remembered) this.#take(authz);
    else await this.#enter(authz);
    if (this.#saidNo) throw fail('authz_changed'); // the caller may have gone on without what is theirs now
  }
}

/** One list for each set, so that two openings with the same stores are seen to be the same. */
const lists = new WeakMap<ReadonlySet<string>, readonly StoreId[]>();

function storesOf(grants: Grants, permission: Permission): Stores | null {
  const stores = grants.get(permission);
  if (stores === undefined) return null;
  if (stores === 'all') return 'all';
  let list = lists.get(stores);
  if (!list) lists.set(stores, (list = [...stores] as StoreId[]));
  return list;
}

const principalOf = (authz: AuthzContext) => ({
  tenant_id: authz.tenant_id,
  user_id: authz.principal.kind === 'user' ? authz.principal.user_id : null,
  api_key_id: authz.principal.kind === 'api_key' ? authz.principal.principal_id : null,
});
