import type { RequestFacts } from '#platform/auth/index.js';
import type { PlatformScope, TenantScope } from '#platform/db/index.js';
import { makePlatformScope } from '#platform/db/scope-factory.js';

/**
 * The scopes that this module makes by itself; the one file of it that imports the factory, listed in the architecture test.
 *
 * Sign-in is where a scope comes from, so nobody has one yet: accounts, credentials and sessions belong to no tenant and are reached on the
 * platform pool alone. Under these scopes only this module's own statements run.
 */

/** Somebody who has proved nothing. In the audit log the act is the system's; the account that was tried is its target. */
export const strangerScope = (facts: RequestFacts): PlatformScope =>
  makePlatformScope({ actor: { type: 'system', id: 'sign-in', ip: facts.ip, user_agent: facts.user_agent }, request_id: facts.request_id });

/** Somebody who has just proved who they are, with a password, a token or a link. */
export const personScope = (facts: RequestFacts, person: { readonly user_id: string; readonly email: string; readonly session_id?: string }): PlatformScope =>
  makePlatformScope({
    actor: {
      type: 'user', id: person.user_id, label: person.email, auth_method: 'password', ip: facts.ip, user_agent: facts.user_agent,
      ...(person.session_id ? { session_id: person.session_id } : {}),
    },
    request_id: facts.request_id,
  }); // prettier-ignore

/** The caller of a tenant route at work on their own account. `keyed`: under the Idempotency-Key of the request, in its one transaction. */
export const accountScope = ({ actor, request_id, around }: TenantScope, { keyed = false } = {}): PlatformScope =>
  makePlatformScope({ actor, request_id, ...(keyed && around ? { around } : {}) });

/** Staff who sign out of a tenant that they had entered. */
export const staffScope = (facts: RequestFacts, platform_user_id: string): PlatformScope =>
  makePlatformScope({
    actor: { type: 'platform_staff', id: platform_user_id, auth_method: 'support', ip: facts.ip, user_agent: facts.user_agent },
    request_id: facts.request_id,
  });

/** Being seen is written down by a timer, with no request behind it. */
export const activityScope = (): PlatformScope =>
  makePlatformScope({ actor: { type: 'system', id: 'identity.activity' }, request_id: 'identity.activity' });
