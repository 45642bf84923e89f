import { Inject, Injectable, Optional } from '@nestjs/common';
import { idOf, type TenantId } from '#contracts/ids.js';
import type { Permission } from '#contracts/permissions.js';
import { newId } from '../crypto/index.js';
import type { ConfirmedScope, PlatformScope, TenantScope } from '../db/index.js';
import { makeConfirmedScope, makePlatformScope, makeTenantScope } from '../db/scope-factory.js';
import type { ClaimedRow } from './define-queue.js';
import { JobError } from './job-error.js';

/**
 * What the queue has to ask of the modules that own tenants and rights. Implemented by the wiring; without it every tenant's jobs run and
 * a job that a person asked for fails.
 */
export abstract class JobAuthority {
  /** May jobs of this tenant run now? False (suspended, closed): they wait. */
  abstract tenantRuns(tenant_id: TenantId): Promise<boolean>;
  /** The person's rights as they are now, in the stores of `permission`. Throws 403 `permission_denied`. */
  abstract scopeFor(request: {
    tenant_id: TenantId;
    principal_id: string;
    permission: Permission;
    request_id: string;
  }): Promise<TenantScope>;
}

/** Makes the scopes of background work. With the request guard and the CLI the only maker. */
@Injectable()
export class JobScopes {
  constructor(@Optional() @Inject(JobAuthority) private readonly authority: JobAuthority | null) {}

  /** The scope of a claimed row; null: the tenant's jobs wait. */
  async open(name: string, row: ClaimedRow, request_id: string): Promise<TenantScope | null> {
    if (!row.tenant_id) throw new JobError('tenant_missing', 'The row names no tenant.', { final: true });
    const tenant_id = idOf<TenantId>(row.tenant_id);
    if (this.authority && !(await this.authority.tenantRuns(tenant_id))) return null;
    const { principal_id, permission } = row;
    if (!principal_id || !permission) return this.system(name, tenant_id, request_id);
    if (!this.authority) throw new JobError('permission_denied', 'Nobody here can check the rights of the requester.', { final: true });
    return this.authority.scopeFor({ tenant_id, principal_id, permission: permission as Permission, request_id });
  }

  /** The system's own work in one tenant: the whole tenant, no permission of a person. */
  system(name: string, tenant_id: TenantId, request_id: string = newId()): TenantScope {
    const actor = { type: 'system', id: name, label: name } as const;
    return makeTenantScope({
      tenant_id,
      actor,
      request_id,
      stores: 'all',
      storesFor: () => 'all',
      confirm: (scope) => Promise.resolve(makeConfirmedScope(scope)), // no rights of a person that could have changed
    });
  }
}

/** For what the platform keeps in storage itself. */
export const platformStorageScope = (name: string): ConfirmedScope =>
  makeConfirmedScope({ tenant_id: null, actor: { type: 'system', id: name, label: name }, request_id: newId() });

/** Relay, claims, reapers and schedules. */
export const platformScope = (name: string): PlatformScope =>
  makePlatformScope({ actor: { type: 'system', id: name, label: name }, request_id: newId() });
