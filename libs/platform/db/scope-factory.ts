import { fail } from '#contracts/errors.js';
import { isUuid, type TenantId } from '#contracts/ids.js';
import type { Permission } from '#contracts/permissions.js';
import { Refused } from './errors.js';
import {
  scopeBrand,
  type Actor,
  type Around,
  type ConfirmedScope,
  type PlatformScope,
  type Statement,
  type Stores,
  type TenantScope,
} from './scope.js';
import { statementOf } from './sql.js';

/**
 * The only makers of scopes. index.ts does not export them: libs/platform/auth (guard), libs/platform/queue (job envelope), the CLI
 * and test/support import this file by name, and an architecture test lists them.
 */
export interface TenantScopeInput {
  readonly tenant_id: TenantId;
  /** A function where a refresh of the rights may change how the audit log names them. */
  readonly actor: Actor | (() => Actor);
  readonly request_id: string;
  /** A function where a refresh of the rights may change the answer. */
  readonly stores: Stores | (() => Stores);
  /** Stores of a permission, null when it is not granted. Left out: nothing is granted beyond `stores`. */
  readonly storesFor?: (permission: Permission) => Stores | null;
  /**
   * Replaces the plain setting, for example by the check of remembered rights; null: the plain one. Must itself set app.tenant_id and
   * app.store_scope.
   */
  readonly opening?: (stores: Stores) => Statement | null;
  readonly confirm?: (scope: TenantScope) => Promise<ConfirmedScope>;
  readonly around?: Around;
  /** Re-reads the rights behind `stores`, `storesFor` and `opening`, in place. */
  readonly refresh?: () => Promise<void>;
  /** Told each time that a batch has come back. */
  readonly noteHeld?: () => void;
}

export function makeTenantScope(input: TenantScopeInput): TenantScope {
  if (!isUuid(input.tenant_id)) throw new Refused('tenant_id of a scope is no UUID');
  const { stores } = input;
  return new CallScope(input, typeof stores === 'function' ? stores : () => stores, input.refresh ? new Map() : null);
}

export function makePlatformScope({ actor, request_id, around }: { actor: Actor; request_id: string; around?: Around }): PlatformScope {
  return Object.freeze({ [scopeBrand]: 'platform', actor, request_id, ...(around ? { around } : {}) } as const);
}

/** The guard has just asked the database itself (fresh mode), or a batch under this scope came back. */
export function makeConfirmedScope(from: { tenant_id: TenantId | null; actor: Actor; request_id: string }): ConfirmedScope {
  return Object.freeze({ [scopeBrand]: 'confirmed', tenant_id: from.tenant_id, actor: from.actor, request_id: from.request_id } as const);
}

/** Named with our underscore: every connection has it, and `sql.named` cannot take the name. */
const SET_SCOPE = statementOf(
  "select set_config('app.tenant_id', $1, true), set_config('app.store_scope', $2, true)",
  'libs/platform/db/scope-factory.ts',
  '_scope',
);

/** The plain opening: `*` is every store, a comma list exactly those, the empty text none (policy `store_scope`). */
export function settingOf(tenant_id: TenantId, stores: Stores): Statement {
  if (stores !== 'all' && !stores.every(isUuid)) throw new Refused('a store of the scope is no UUID'); // "*" in a list would be all stores
  return { sql: SET_SCOPE, params: [tenant_id, stores === 'all' ? '*' : stores.join(',')] };
}

/** What callers have read of each set of stores; shared by the scopes of one request. null: nothing can change them. */
type StoresRead = Map<() => Stores, Stores> | null;

class CallScope implements TenantScope {
  readonly [scopeBrand] = 'tenant' as const;
  readonly tenant_id: TenantId;
  readonly request_id: string;
  readonly around?: Around;
  readonly refresh?: () => Promise<void>;
  readonly noteHeld?: () => void;
  readonly #input: TenantScopeInput;
  readonly #stores: () => Stores;
  readonly #read: StoresRead;
  #setting: { readonly stores: Stores; readonly statement: Statement } | null = null;

  constructor(input: TenantScopeInput, stores: () => Stores, read: StoresRead) {
    this.tenant_id = input.tenant_id;
    this.request_id = input.request_id;
    if (input.refresh) this.refresh = input.refresh;
    if (input.noteHeld) this.noteHeld = input.noteHeld;
    if (input.around) this.around = input.around;
    this.#input = input;
    this.#stores = stores;
    this.#read = read;
  }

  get actor(): Actor {
    const { actor } = this.#input;
    return typeof actor === 'function' ? actor() : actor;
  }

  get stores(): Stores {
    const stores = this.#stores();
    this.#read?.set(this.#stores, stores);
    return stores;
  }

  storesRead(): () => void {
    const read = [...(this.#read ?? [])];
    return () => {
      if (!read.every(([now, then]) => isSameStores(now(), then))) throw fail('authz_changed');
    };
  }

  opening(): Statement {
    const stores = this.#stores();
    const own = this.#input.opening?.(stores);
    if (own) return own;
    if (this.#setting?.stores !== stores) this.#setting = { stores, statement: settingOf(this.tenant_id, stores) };
    return this.#setting.statement;
  }

  for(permission: Permission): TenantScope {
    const stores = (): Stores => {
      const granted = this.#input.storesFor?.(permission) ?? null;
      if (granted === null) throw fail('permission_denied', { permission });
      return granted;
    };
    stores(); // refuses now; asked again later, because a refresh may take the right away between two statements
    return new CallScope(this.#input, stores, this.#read);
  }

  wholeTenant(reason: string): TenantScope {
    if (reason.trim() === '') throw new Refused('wholeTenant needs a reason');
    return new CallScope(this.#input, () => 'all', null);
  }

  async confirm(): Promise<ConfirmedScope> {
    if (!this.#input.confirm) throw new Refused('this scope cannot be confirmed');
    return this.#input.confirm(this);
  }
}

function isSameStores(a: Stores, b: Stores): boolean {
  if (a === b) return true;
  return a !== 'all' && b !== 'all' && a.length === b.length && a.every((store) => b.includes(store));
}
