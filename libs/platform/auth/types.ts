import type { FastifyRequest } from 'fastify';
import type { Permission, PlatformPermission } from '#contracts/permissions.js';
import type { Actor, TenantScope } from '../db/index.js';

/** A credential whose signature or hash is right. Whether it still counts is asked of the database in every request. */
export type VerifiedCredential =
  | {
      readonly kind: 'user';
      readonly user_id: string;
      readonly session_id: string;
      readonly tenant_id: string;
      /** The token opens only one step (`change_password`). */
      readonly limited_to: 'change_password' | 'mfa_setup' | null;
      readonly expires_at: Date;
    }
  | { readonly kind: 'api_key'; readonly credential_hash: Buffer };

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
  readonly actor: Actor;
  readonly tenant_version: string;
  readonly principal_version: string;
  /** What may be given to others: assignments ∩ token scopes. */
  readonly held: Grants;
  /** What may be done: held ∩ modules on ∩ plan ∩ tenant state. */
  readonly effective: Grants;
  /** Why a held permission is not effective, for the refusal. */
  readonly removed: ReadonlyMap<Permission, { readonly reason: DenialReason; readonly module_code?: string; readonly detail?: string }>;
}

/** Implemented by `rbac`. */
export abstract class Authorizer {
  /** Reads the rights of the principal in this tenant, in one round trip. Throws a Problem when the credential no longer counts. */
  abstract authorize(credential: VerifiedCredential, request: RequestFacts): Promise<AuthzContext>;
}

/** Implemented by `identity`. */
export abstract class CredentialVerifier {
  abstract verify(request: FastifyRequest): Promise<VerifiedCredential>;
}

/** Implemented by `tenants`. */
export abstract class TenantResolver {
  /** The tenant that an id or slug names, or null. Cached for seconds: the authorization statement checks the row again. */
  abstract byHint(hint: string): Promise<string | null>;
  /** The tenant that a host names, or null. */
  abstract byHost(host: string): Promise<string | null>;
}

export interface StaffMember {
  readonly platform_user_id: string;
  readonly platform_session_id: string;
  readonly email: string;
  readonly display_name: string;
  readonly role: string;
  readonly permissions: readonly PlatformPermission[];
  readonly limited_to: 'change_password' | null;
  readonly expires_at: Date;
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

/** Implemented by `audit`: refusals that are audit events of the tenant, not only decisions (specs/audit.md §2). */
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
    /** Set by the access guard: TenantScope, or PlatformScope on platform and machine routes. */
    scope?: TenantScope | import('../db/index.js').PlatformScope;
    staff?: StaffMember;
    credential?: VerifiedCredential;
  }
}
