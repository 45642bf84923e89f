import type { StoreId, TenantId } from '#contracts/ids.js';
import type { Permission } from '#contracts/permissions.js';
import type { Param } from './params.js';
import type { Sql } from './sql.js';
import type { Tx } from './tx.js';

/** Tells the kinds of scope apart, at run time too. Not exported from index.ts: scopes are made by scope-factory.ts alone. */
export const scopeBrand: unique symbol = Symbol('scope');

/** Who acts. It goes into the audit row as it stands here. */
export interface Actor {
  readonly type: 'user' | 'api_key' | 'platform_staff' | 'machine' | 'system';
  readonly id: string;
  readonly label?: string;
  readonly role?: string;
  readonly auth_method?: string;
  readonly session_id?: string;
  readonly api_key_id?: string;
  readonly impersonator?: { readonly id: string; readonly label?: string };
  readonly ip?: string;
  readonly user_agent?: string;
}

/** Stores a call may touch. An empty list is no store at all, never "all". */
export type Stores = 'all' | readonly StoreId[];

export interface Statement {
  readonly sql: Sql;
  readonly params: readonly Param[];
  /**
   * What this opening leaves set, where it also checks something. A transaction that it has opened is not checked again: its own changes
   * of rights would make it stale, and what it has done would be thrown away.
   */
  readonly leaves?: Statement;
}

/** Would sending `b` after `a` change nothing? In doubt (a Buffer, a Date) it is sent. */
export function isSameStatement(a: Statement | null, b: Statement): boolean {
  if (a === b) return true;
  return (
    a !== null && a.sql === b.sql && a.params.length === b.params.length && a.params.every((param, index) => param === b.params[index])
  );
}

/**
 * On whose behalf a statement runs: one tenant, one actor, the stores of one permission. First argument of every method that reaches
 * tenant data. Made by the request guard, the job envelope and test/support only.
 */
export interface TenantScope {
  readonly [scopeBrand]: 'tenant';
  readonly tenant_id: TenantId;
  readonly actor: Actor;
  readonly stores: Stores;
  readonly request_id: string;
  /** Sets tenant and stores, and in optimistic mode checks the rights; sent before a statement whenever it differs from the last. */
  opening(): Statement;
  /** The scope with the stores of `permission`. Throws 403 `permission_denied` when it is not granted. */
  for(permission: Permission): TenantScope;
  /** All stores, for an invariant that a part would pass silently. Each use is listed in an architecture test. */
  wholeTenant(reason: string): TenantScope;
  /** Asks the database now. Needed before an effect outside of it (URL signed, provider called). */
  confirm(): Promise<ConfirmedScope>;
  /** Wraps the work of a transaction, inside it: the Idempotency-Key of the request. */
  readonly around?: Around;
  /** Re-reads the rights in place after `StaleAuthz`; throws the refusal if they are gone. Called by `TenantDb` only. */
  refresh?(): Promise<void>;
  /**
   * Which stores callers have read so far. What comes back throws 409 `authz_changed` if a refresh has changed them since: parameters were
   * made from the old ones. Called by `TenantDb` only.
   */
  storesRead?(): () => void;
  /** A batch under this scope has come back, so its rights held. Called by libs/platform/db only. */
  noteHeld?(): void;
}

/** A platform member, machine or schedule: no tenant, and the pool of `tenantry_platform`. */
export interface PlatformScope {
  readonly [scopeBrand]: 'platform';
  readonly actor: Actor;
  readonly request_id: string;
  readonly around?: Around;
}

/** Runs `work`, or answers for it, as part of the same transaction. */
export type Around = <T>(tx: Tx, work: () => Promise<T>) => Promise<T>;

/** A scope whose rights a batch has confirmed. Drivers with effects outside the database take nothing less. */
export interface ConfirmedScope {
  readonly [scopeBrand]: 'confirmed';
  /** null for work of the platform itself. */
  readonly tenant_id: TenantId | null;
  readonly actor: Actor;
  readonly request_id: string;
}

export const isTenantScope = (scope: TenantScope | PlatformScope): scope is TenantScope => scope[scopeBrand] === 'tenant';
export const isPlatformScope = (scope: TenantScope | PlatformScope): scope is PlatformScope => scope[scopeBrand] === 'platform';
