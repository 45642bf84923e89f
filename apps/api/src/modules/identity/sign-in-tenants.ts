import { Injectable } from '@nestjs/common';
import { fail, Problem } from '#contracts/errors.js';
import { CallerHosts, TenantResolver, type Caller } from '#platform/auth/index.js';
import { Clock } from '#platform/crypto/index.js';
import { PlatformDb, type PlatformScope } from '#platform/db/index.js';
import { belongingRows } from './belonging.repository.js';
import { platformQueries } from './identity.queries.js';
import { mustBeOpen, notReadyReason, type Belonging, type TenantHint } from './tenant-choice.js';

/** Which tenants a person has, which one a request names, and whether it can be entered. */
@Injectable()
export class SignInTenants {
  constructor(
    private readonly hosts: CallerHosts,
    private readonly resolver: TenantResolver,
    private readonly db: PlatformDb,
    private readonly clock: Clock,
  ) {}

  /**
   * The tenants that host, header and body name. Resolving tells nothing: what comes of it is said after the password.
   * @throws Problem not_found or tenant_host_required for the host, tenant_hint_invalid for the header
   */
  async hints(caller: Caller, inBody: string | undefined): Promise<TenantHint[]> {
    const names = [caller.tenantHint(), inBody].filter((name) => typeof name === 'string');
    return [...(await this.hostHint(caller)), ...(await Promise.all(names.map((name) => this.named(name))))];
  }

  /** @throws Problem not_found or tenant_host_required */
  async hostHint(caller: Caller): Promise<TenantHint[]> {
    const tenant_id = await this.hosts.tenantOf(caller);
    return tenant_id ? [{ tenant_id }] : [];
  }

  /** As `hostHint`, for a route that also answers on the console. @throws Problem not_found */
  async hostOf(caller: Caller): Promise<string | null> {
    try {
      return await this.hosts.tenantOf(caller);
    } catch (error) {
      if (error instanceof Problem && error.code === 'tenant_host_required') return null;
      throw error;
    }
  }

  async named(idOrSlug: string): Promise<TenantHint> {
    const tenant_id = await this.resolver.byHint(idOrSlug.toLowerCase());
    return tenant_id === null ? 'unknown' : { tenant_id };
  }

  list(scope: PlatformScope, user_id: string): Promise<Belonging[]> {
    return belongingRows.list(platformQueries(this.db, scope), user_id, this.clock.now());
  }

  /** @throws Problem tenant_suspended, tenant_archived, or tenant_not_ready with its reason and the step it is at */
  async mustBeReady(scope: PlatformScope, tenant: Belonging): Promise<void> {
    mustBeOpen(tenant);
    if (tenant.access !== 'not_ready') return;
    const step = await belongingRows.provisioningStep(platformQueries(this.db, scope), tenant.tenant_id);
    throw fail('tenant_not_ready', { retry_after: 5, reason: notReadyReason(tenant), step });
  }
}
