import type { RequestFacts } from '#platform/auth/index.js';
import type { PlatformScope } from '#platform/db/index.js';
import { makePlatformScope } from '#platform/db/scope-factory.js';

/**
 * The scopes that the staff's own sign-in makes by itself; the one file of this module that imports the factory, listed in the architecture
 * test. Everything else that staff do runs under the scope of the guard; signing in is what comes before it.
 */
export const memberScope = (facts: RequestFacts, member: { readonly platform_user_id: string; readonly email_normalized: string; readonly role: string; readonly platform_session_id: string }): PlatformScope =>
  makePlatformScope({
    actor: {
      type: 'platform_staff', id: member.platform_user_id, label: member.email_normalized, role: member.role, session_id: member.platform_session_id, auth_method: 'password',
      ip: facts.ip, user_agent: facts.user_agent,
    },
    request_id: facts.request_id,
  }); // prettier-ignore

/** A member who has just shown that the mailbox is theirs: no session yet. */
export const resetScope = (facts: RequestFacts, member: { readonly platform_user_id: string; readonly email_normalized: string; readonly role: string }): PlatformScope =>
  makePlatformScope({
    actor: {
      type: 'platform_staff', id: member.platform_user_id, label: member.email_normalized, role: member.role, auth_method: 'reset_link', ip: facts.ip, user_agent: facts.user_agent,
    },
    request_id: facts.request_id,
  }); // prettier-ignore

/** For what follows the one transaction of a request with an Idempotency-Key: rows in the logs of further tenants. */
export const furtherScope = ({ actor, request_id }: PlatformScope): PlatformScope => makePlatformScope({ actor, request_id });

/** Whoever has BOOTSTRAP_TOKEN. */
export const bootstrapScope = (facts: RequestFacts, id: string): PlatformScope =>
  makePlatformScope({
    actor: { type: 'platform_staff', id, label: 'BOOTSTRAP_TOKEN', role: 'superuser', auth_method: 'bootstrap_token', ip: facts.ip, user_agent: facts.user_agent },
    request_id: facts.request_id,
  }); // prettier-ignore

/** Somebody who makes a tenant and an account: nobody yet. */
export const signupScope = (facts: RequestFacts): PlatformScope =>
  makePlatformScope({ actor: { type: 'system', id: 'signup', ip: facts.ip, user_agent: facts.user_agent }, request_id: facts.request_id });

/** Whoever has a shell on the machine: the log names the account of the operating system. */
export const cliScope = (os_user: string, request_id: string): PlatformScope =>
  makePlatformScope({ actor: { type: 'system', id: `cli:${os_user}` }, request_id });

/** The start of a process: nobody asks yet. */
export const startScope = (work: 'first-owner' | 'ops-admins' = 'first-owner'): PlatformScope =>
  makePlatformScope({ actor: { type: 'system', id: work }, request_id: work });
