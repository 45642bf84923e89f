import { Injectable } from '@nestjs/common';
import { fail } from '#contracts/errors.js';
import type { TenantId } from '#contracts/ids.js';
import type { Permission } from '#contracts/permissions.js';
import type { Grants } from '#platform/auth/index.js';
import { newId } from '#platform/crypto/index.js';
import type { Actor, TenantScope } from '#platform/db/index.js';
import { JobAuthority } from '#platform/queue/index.js';
import { PrincipalRights } from './principal-rights.js';
import { jobScope, readingScope } from './rbac-scopes.js';
import { RightsRepository } from './rights.repository.js';
import { storesOf } from './stores-of.js';

interface Requester {
  readonly actor: Actor;
  readonly effective: Grants;
}
type Request = Parameters<JobAuthority['scopeFor']>[0];

/**
 * What a job may do that somebody asked for: what they may do now, not what they might do then. Whoever has left, was suspended or lost the
 * permission since gets `permission_denied`, and nothing is done.
 */
@Injectable()
export class RbacJobAuthority extends JobAuthority {
  constructor(
    private readonly rights: RightsRepository,
    private readonly principals: PrincipalRights,
  ) {
    super();
  }

  /** A tenant that is suspended, archived or not ready keeps its jobs waiting; one that is gone has none. */
  override async tenantRuns(tenant_id: TenantId): Promise<boolean> {
    const access = await this.rights.tenantAccess(readingScope(tenant_id, { type: 'system', id: 'jobs' }, newId()));
    return access === 'full' || access === 'read_only';
  }

  override async scopeFor(request: Request): Promise<TenantScope> {
    const { actor, effective } = await this.authorize(request);
    const { tenant_id, permission, request_id } = request;
    return jobScope({
      tenant_id,
      actor,
      request_id,
      stores: storesOf(effective, permission) ?? [],
      storesFor: (other) => storesOf(effective, other),
      // A job may run for minutes: before an effect outside of the database its requester is looked at again.
      authorizeAgain: async () => void (await this.authorize(request)),
    });
  }

  private async authorize({ tenant_id, principal_id, permission, request_id }: Request): Promise<Requester> {
    const scope = readingScope(tenant_id, { type: 'system', id: 'jobs' }, request_id);
    const requester = (await this.person(scope, principal_id)) ?? (await this.key(scope, principal_id));
    if (!requester?.effective.has(permission)) throw fail('permission_denied', { permission });
    return requester;
  }

  /** null: no such member; one who may not come in has no rights. */
  private async person(scope: TenantScope, user_id: string): Promise<Requester | null> {
    const found = await this.principals.ofMember(scope, user_id);
    if (!found) return null;
    const { row, rights } = found;
    const mayComeIn = row.member_status === 'active' && row.user_active !== false;
    const role = rights.assignments.map((assignment) => assignment.code).join(' ');
    const actor = { type: 'user', id: user_id, role, auth_method: 'job', ...(row.email === null ? {} : { label: row.email }) } as const;
    return { actor, effective: mayComeIn ? rights.effective : new Map<Permission, never>() };
  }

  private async key(scope: TenantScope, api_key_id: string): Promise<Requester | null> {
    const found = await this.principals.ofKey(scope, api_key_id);
    if (!found) return null;
    const actor = { type: 'api_key', id: api_key_id, label: found.row.name, auth_method: 'job', api_key_id } as const;
    return { actor, effective: found.active ? found.own.effective : new Map<Permission, never>() };
  }
}
