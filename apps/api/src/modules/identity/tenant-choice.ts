import { fail } from '#contracts/errors.js';
import type { IdentitySettings } from './identity-settings.js';

/** A membership with the state of its tenant. */
export interface Belonging {
  readonly tenant_id: string;
  readonly slug: string;
  readonly name: string;
  readonly status: string;
  readonly access: 'full' | 'read_only' | 'restricted' | 'not_ready' | 'closed';
  readonly membership: 'active' | 'suspended';
  readonly mfa_required: boolean;
  /** Holds `tenants:admin`: may take the tenant back once it is archived. */
  readonly is_owner: boolean;
  /** `settings.identity` of the tenant, as it was stored. */
  readonly settings: IdentitySettings | null;
  readonly roles: readonly { readonly role_id: string; readonly code: string; readonly name: string }[];
}

/** Tenants that host, header or body name. `unknown`: a name that no tenant has. */
export type TenantHint = { readonly tenant_id: string } | 'unknown';

/**
 * The tenant that a sign-in goes to; null when there are several and none was named, because there is no default tenant. Runs only after
 * the password was right: each refusal tells something about the account. Hints only narrow, so two that disagree leave nothing.
 * Source: specs/tenancy.md §3.2, §4.2.
 * @throws Problem not_found, membership_suspended or no_membership
 */
export function chooseTenant(belongings: readonly Belonging[], hints: readonly TenantHint[]): Belonging | null {
  if (hints.length) {
    const named = belongings.find(({ tenant_id }) => hints.every((hint) => hint !== 'unknown' && hint.tenant_id === tenant_id));
    if (!named) throw fail('not_found');
    if (named.membership !== 'active') throw fail('membership_suspended');
    return named;
  }
  const active = belongings.filter(({ membership }) => membership === 'active');
  if (active.length > 1) return null;
  const [only] = active;
  if (!only) throw fail(belongings.length ? 'membership_suspended' : 'no_membership');
  return only;
}

/**
 * An archived tenant lets its owners in, who find nothing open but what takes it back. A tenant that is still being made answers with its
 * step: see `SignInTenants`. @throws Problem tenant_suspended or tenant_archived
 */
export function mustBeOpen({ access, is_owner }: Pick<Belonging, 'access' | 'is_owner'>): void {
  if (access === 'restricted') throw fail('tenant_suspended');
  if (access === 'closed' && !is_owner) throw fail('tenant_archived');
}

/** Why a tenant is not ready, in the words of the answer. */
export const notReadyReason = ({ status }: Pick<Belonging, 'status'>): 'provisioning' | 'provisioning_failed' =>
  status === 'failed' ? 'provisioning_failed' : 'provisioning';
