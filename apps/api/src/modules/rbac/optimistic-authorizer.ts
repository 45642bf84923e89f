import { Authorizer, type AuthzContext, type RequestFacts, type VerifiedCredential } from '#platform/auth/index.js';
import type { Clock } from '#platform/crypto/index.js';
import type { Statement, Stores } from '#platform/db/index.js';
import type { RbacAuthorizer } from './authorizer.js';
import { RememberedContexts } from './remembered-contexts.js';
import { checkedOpening } from './rights-check.repository.js';
import { rightsOf, type Rights } from './rights.js';

/**
 * AUTHZ_MODE=optimistic: remembers what the fresh authorizer has read. What is remembered is a guess: the guard sends `opening` of it in the
 * batch of the first business statement, and PostgreSQL says whether it holds. So a change still counts on the very next request on every
 * instance, and nothing has to be told to anybody.
 */
export class OptimisticAuthorizer extends Authorizer {
  private readonly contexts = new RememberedContexts();
  private readonly flights = new Map<string, Promise<Rights>>();

  constructor(
    private readonly stage1: RbacAuthorizer,
    private readonly clock: Clock,
  ) {
    super();
  }

  override async authorize(credential: VerifiedCredential, request: RequestFacts): Promise<Rights> {
    const key = keyOf(credential, request);
    const at = this.clock.now().getTime();
    try {
      const rights = await this.stage1.authorize(credential, request);
      if (key !== null) this.keep(key, rights, at);
      return rights;
    } catch (error) {
      if (key !== null) this.contexts.forget(key);
      throw error;
    }
  }

  override recall(credential: VerifiedCredential, request: RequestFacts): Rights | null {
    const key = keyOf(credential, request);
    const rights = key === null ? null : this.contexts.find(key, this.clock.now().getTime());
    return rights && remembered(rights, request);
  }

  override async read(credential: VerifiedCredential, request: RequestFacts): Promise<Rights> {
    const key = keyOf(credential, request);
    if (key === null) return this.authorize(credential, request);
    const flight = this.flights.get(key);
    if (flight) {
      // It may have been sent before this request came, and a change in between: so it is a guess like any other, and no refusal.
      const shared = await flight.catch(() => null);
      return shared?.check ? remembered(shared, request) : this.authorize(credential, request);
    }
    const own = this.authorize(credential, request);
    this.flights.set(key, own);
    try {
      return await own;
    } finally {
      this.flights.delete(key);
    }
  }

  override opening(authz: AuthzContext, stores: Stores): Statement | null {
    const { remembered: isGuess, check } = rightsOf(authz);
    if (!isGuess) return null;
    if (!check) throw new Error('rights that cannot be checked were remembered');
    return checkedOpening(check, stores);
  }

  private keep(key: string, rights: Rights, at: number): void {
    // Somebody who has yet to pass the second factor comes back having passed it, and no version moves by that.
    if (rights.check && !rights.mfa_missing) this.contexts.keep(key, { rights, at, valid_until: rights.valid_until });
    else this.contexts.forget(key);
  }
}

/** null: never remembered. Support access ends and changes its mode without moving a version. */
function keyOf(credential: VerifiedCredential, { ip }: RequestFacts): string | null {
  if (credential.kind === 'api_key') return `${credential.credential_hash.toString('base64')} ${ip}`; // where it may be used from is a part of its rights
  const { tenant_id, user_id, session_id, support } = credential;
  return support ? null : `${tenant_id} ${user_id} ${session_id}`;
}

/** As of this request, for the audit log. */
const remembered = (rights: Rights, { ip, user_agent }: RequestFacts): Rights => ({
  ...rights,
  remembered: true,
  actor: { ...rights.actor, ip, user_agent },
});
