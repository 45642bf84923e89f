import { fail, type Problem } from '#contracts/errors.js';
import type { Permission } from '#contracts/permissions.js';
import type { HostKind } from '../http/hosts.js';
import type { LimitedStep } from '../http/access.js';
import type { Route } from './route-table.js';
import type { AuthzContext, DenialReason, VerifiedCredential } from './types.js';

/** What a request to a tenant route says for itself. */
export interface TenantRequest {
  readonly route: Route;
  /** Of `@Requires`; empty for `@SignedIn()`. */
  readonly permissions: readonly Permission[];
  readonly credential: VerifiedCredential;
  readonly host: HostKind;
  /** `X-Tenant-Id`, an id or a slug. */
  readonly hint: string | null;
  readonly params: Readonly<Record<string, string | undefined>>;
}

export interface Refusal {
  readonly problem: Problem;
  /** For the decision log; null: no decision about a permission. */
  readonly denied: { readonly permission: string; readonly reason: DenialReason } | null;
}

/**
 * May this request pass with these rights? In this order: agreement, second factor, state of the tenant, permission.
 * Pure, because it is asked again when remembered rights turn out to be old.
 */
export function refusalOf(authz: AuthzContext, request: TenantRequest): Refusal | null {
  const { route, permissions, credential } = request;
  if (!agrees(authz, request))
    return { problem: fail('tenant_mismatch'), denied: { permission: permissions[0] ?? '', reason: 'tenant_mismatch' } };
  const isLimited = credential.kind === 'user' && credential.limited_to !== null; // its step was looked at before
  const problem =
    (authz.mfa_missing && !isLimited ? stepRefusal('mfa_setup', route) : null) ??
    accessRefusal(authz, route) ??
    delegateRefusal(authz, request);
  if (problem) return { problem, denied: null };
  const lacking = permissions.find((permission) => !authz.effective.has(permission));
  return lacking === undefined ? null : permissionRefusal(authz, lacking);
}

function agrees(authz: AuthzContext, { hint, host, params }: TenantRequest): boolean {
  const same = (name: string): boolean => name === authz.tenant_id || name === authz.tenant_slug;
  if (hint !== null && !same(hint)) return false;
  if (host.kind === 'tenant' && host.tenant_id !== authz.tenant_id) return false;
  const inPath = params['tenant_id'] ?? params['slug'];
  return inPath === undefined || same(inPath.toLowerCase());
}

/** Something has to be done first, and this route is no part of it. */
export function stepRefusal(step: LimitedStep | null, route: Route): Problem | null {
  if (!step || route.limited_tokens.includes(step)) return null;
  return fail(step === 'mfa_setup' ? 'mfa_required' : 'password_change_required');
}

function accessRefusal({ access }: AuthzContext, route: Route): Problem | null {
  switch (access) {
    case 'full':
      return null;
    case 'read_only':
      return route.mutating && route.access.kind === 'requires' ? fail('tenant_read_only') : null;
    case 'restricted':
      return route.allow_when === 'restricted' ? null : fail('tenant_suspended');
    case 'closed':
      return route.allow_when === 'closed' ? null : fail('tenant_archived');
    case 'not_ready':
      return fail('tenant_not_ready', { retry_after: 5, reason: 'provisioning' });
  }
}

/** What is about one's own account is for its owner, not for a key or for staff who act as that person. */
function delegateRefusal({ support }: AuthzContext, { route, credential }: TenantRequest): Problem | null {
  const isDelegate = credential.kind === 'api_key' || support !== undefined;
  return isDelegate && route.access.kind === 'signed_in' && !route.on_behalf ? fail('permission_denied') : null;
}

function permissionRefusal(authz: AuthzContext, permission: Permission): Refusal {
  const removed = authz.removed.get(permission);
  const denied = { permission, reason: removed?.reason ?? 'not_granted' };
  const { module_code } = removed ?? {};
  if (removed?.reason === 'module_disabled') return { problem: fail('module_disabled', { module_code, reason: removed.detail }), denied };
  if (removed?.detail === 'entitlement_inactive') {
    const { status: plan_status, reason } = removed.plan ?? {}; // `status` of a problem is that of HTTP
    return { problem: fail('entitlement_inactive', { permission, plan_status, reason }), denied };
  }
  if (removed?.reason === 'not_in_plan') return { problem: fail('module_disabled', { module_code, reason: 'not_in_plan' }), denied };
  return { problem: fail('permission_denied', { permission }), denied };
}
