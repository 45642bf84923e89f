import type { FastifyRequest } from 'fastify';
import type { Permission, PlatformPermission } from '#contracts/permissions.js';
import type { Actor, Statement, Stores, TenantScope } from '../db/index.js';
import type { LimitedStep } from '../http/access.js';
import type { PlannedRequests } from './request-budgets.js';

/** A credential whose signature or hash is right. Whether it still counts is asked of the database in every request. */
export type VerifiedCredential =
  | {
      readonly kind: 'user';
      readonly user_id: string;
      readonly session_id: string;
      readonly tenant_id: string;
      /** The token opens only one step (`change_password`). */
      readonly limited_to: LimitedStep | null;
      readonly expires_at: Date;
      /** Staff acting as this person. */
      readonly support?: SupportAccess;
    }
  | { readonly kind: 'api_key'; readonly credential_hash: Buffer };

/** Support access of platform staff: they see a tenant as one of its people does, for half an hour at most. */
export interface SupportAccess {
  readonly impersonation_id: string;
  readonly staff: { readonly id: string; readonly label: string };
  readonly mode: 'read_only' | 'write';
}

/** Permission → stores in which it holds. */
export type Grants = ReadonlyMap<Permission, 'all' | ReadonlySet<string>>;
export type Access = 'full' | 'read_only' | 'restricted' | 'not_ready' | 'closed';
export type DenialReason =
  'not_granted' | 'store_scope' | 'module_disabled' | 'not_in_plan' | 'tenant_state' | 'token_scope' | 'impersonation' | 'tenant_mismatch';

/** Who asks, in which tenant, with which rights. One database snapshot. */
export interface AuthzContext {
  readonly tenant_id: string;
  readonly tenant_slug: string;
  readonly access: Access;
  readonly principal: {
    readonly kind: 'user' | 'api_key';
    readonly principal_id: string;
    readonly user_id: string;
    readonly session_id: string | null;
  };
  readonly support?: SupportAccess;
  /** The tenant requires the second factor and this session has not passed it. */
  readonly mfa_missing: boolean;
  /** What the plan includes, for the whole tenant; null: the plan names no number. */
  readonly requests: PlannedRequests;
  readonly actor: Actor;
  readonly tenant_version: string;
  readonly principal_version: string;
  /** What may be given to others: assignments ∩ token scopes. */
  readonly held: Grants;
  /** What may be done: held ∩ modules on ∩ plan ∩ tenant state. */
  readonly effective: Grants;
  /**
   * Not read for this request: remembered, or read together with another one. It allows nothing by itself, the database has to confirm it
   * (`Authorizer.opening`), and no refusal is built on it.
   */
  readonly remembered?: true;
  /** Why a held permission is not effective, for the refusal. `plan`: what of the subscription closes it. */
  readonly removed: ReadonlyMap<
    Permission,
    {
      readonly reason: DenialReason;
      readonly module_code?: string;
      readonly detail?: string;
      readonly plan?: { readonly status: string; readonly reason?: string };
    }
  >;
}

/** Implemented by `rbac`. */
export abstract class Authorizer {
  /** Reads the rights of the principal in this tenant, in one round trip. Throws a Problem when the credential no longer counts. */
  abstract authorize(credential: VerifiedCredential, request: RequestFacts): Promise<AuthzContext>;

  // ---- AUTHZ_MODE=optimistic; without it nothing is remembered

  /** What an earlier request has read, as long as no clock has ended it. null: there is nothing, `read` it. */
  recall(_credential: VerifiedCredential, _request: RequestFacts): AuthzContext | null {
    return null;
  }
  /** As `authorize`, but requests of one principal at the same time share a reading: whoever joins gets it as `remembered`. */
  read(credential: VerifiedCredential, request: RequestFacts): Promise<AuthzContext> {
    return this.authorize(credential, request);
  }
  /**
   * Sets tenant and stores and fails (division by zero) unless a remembered context still holds, so that nothing behind it in the batch
   * runs. null: the context was read for this request, the plain setting will do.
   */
  opening(_authz: AuthzContext, _stores: Stores): Statement | null {
    return null;
  }
}

/** Implemented by `identity`. */
export abstract class CredentialVerifier {
  abstract verify(request: FastifyRequest): Promise<VerifiedCredential>;
  /** Told when the authorizer has let the credential in: for "last used". */
  accepted(_authz: AuthzContext, _request: RequestFacts): void {}
}

/** Implemented by `tenants`. */
export abstract class TenantResolver {
  /** The tenant that an id or slug names, or null. Cached for seconds: the authorization statement checks the row again. */
  abstract byHint(hint: string): Promise<string | null>;
  /** The tenant that a host names, or null. */
  abstract byHost(host: string): Promise<string | null>;
  /** What a stranger at a tenant's own host may see of it: name and looks. Cached for seconds. null: it is gone. */
  abstract describe(tenant_id: string): Promise<TenantFace | null>;
}

export interface TenantFace {
  readonly slug: string;
  readonly name: string;
  readonly branding: Readonly<Record<string, unknown>>;
}

/** Implemented by `identity`: a caller proves once more who they are, before something that cannot be taken back. */
export abstract class PasswordCheck {
  /** Counted like a sign-in. @throws Problem invalid_credentials, too_many_attempts or busy */
  abstract mustKnow(scope: TenantScope, facts: RequestFacts, password: string): Promise<void>;
}

/** Implemented by `identity`. */
export abstract class SecondFactorCheck {
  /** Has the caller a confirmed second factor? */
  abstract isEnrolled(scope: TenantScope): Promise<boolean>;
}

export interface StaffMember {
  readonly platform_user_id: string;
  readonly platform_session_id: string;
  readonly email: string;
  readonly display_name: string;
  readonly role: string;
  readonly permissions: readonly PlatformPermission[];
  readonly limited_to: LimitedStep | null;
  readonly expires_at: Date;
  readonly auth_method: 'password' | 'bootstrap_token';
}

/** Implemented by `ops`. */
export abstract class StaffAuthenticator {
  /** Throws a Problem when the token is not a platform token or its session ended. */
  abstract authenticate(token: string, request: RequestFacts): Promise<StaffMember>;
}

export interface Decision {
  readonly scope: { readonly tenant_id: string; readonly user_id: string | null; readonly api_key_id: string | null };
  readonly permission: string;
  readonly result: 'denied' | 'allowed';
  readonly reason: DenialReason | null;
  readonly request: RequestFacts;
}

/** Implemented by `rbac`: buffered, off the request path. */
export abstract class DecisionLog {
  abstract record(decision: Decision): void;
}

/** Implemented by `audit`: refusals that are audit events of the tenant, not only decisions. */
export abstract class TenantRefusals {
  abstract mismatch(scope: TenantScope): Promise<void>;
}

/** What an audit row or a log line says of the request. */
export interface RequestFacts {
  readonly request_id: string;
  readonly ip: string;
  readonly user_agent: string;
  readonly method: string;
  readonly route: string;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** Set by the access guard for tenant routes. */
    authz?: AuthzContext;
    /** Set by the access guard for tenant routes: asks the database before the answer if nothing else has. */
    access?: import('./tenant-access.js').TenantAccess;
    /** Set by the access guard: TenantScope, or PlatformScope on platform and machine routes. */
    scope?: TenantScope | import('../db/index.js').PlatformScope;
    staff?: StaffMember;
    credential?: VerifiedCredential;
  }
}
