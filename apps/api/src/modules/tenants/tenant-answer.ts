import { Injectable } from '@nestjs/common';
import { fail } from '#contracts/errors.js';
import type { Tx } from '#platform/db/index.js';
import { Registry } from '#platform/modules/index.js';
import { brandingOf } from './branding.js';
import { EntitledModules } from './entitled-modules.js';
import { hostRows } from './hosts.repository.js';
import { moduleStates } from './module-state.js';
import { moduleRows } from './modules.repository.js';
import type { TenantOut } from './tenants.dto.js';
import { tenantRows } from './tenants.repository.js';

/** `GET /tenant`: the row, and what follows from plan, switches and hosts. */
@Injectable()
export class TenantAnswers {
  private readonly registered: ReadonlySet<string>;

  constructor(
    private readonly plan: EntitledModules,
    registry: Registry,
  ) {
    this.registered = new Set(registry.modules.filter(({ built }) => built).map(({ module_code }) => module_code));
  }

  async of(tx: Tx, tenant_id: string): Promise<TenantOut> {
    const row = await tenantRows.find(tx, tenant_id);
    if (!row) throw fail('not_found');
    const plan = await this.plan.of(tx, tenant_id);
    const features = await this.enabledCodes(tx, tenant_id, plan.modules);
    const hosts = await hostRows.live(tx, tenant_id);
    const branding = brandingOf(row.branding);
    const limits = { max_users: plan.limits.max_users ?? null, max_stores: plan.limits.max_stores ?? null, max_items: plan.limits.max_items ?? null }; // prettier-ignore
    return {
      tenant_id, slug: row.slug, name: row.name, status: row.status, access: row.access, read_only: row.read_only, mfa_required: row.mfa_required,
      template_code: row.template_code, locale: row.locale, time_zone: row.time_zone, currency: row.currency, branding, limits, features,
      hosts: hosts.map(({ host, kind, is_primary }) => ({ host, kind, is_primary })),
      settings: { subdomain: row.slug, features, limits, branding },
      delete_after: row.delete_after?.toISOString() ?? null, created_at: row.created_at.toISOString(),
    }; // prettier-ignore
  }

  /** Modules that a tenant can switch and features, as far as they are on. Core modules are always on and are not named. */
  private async enabledCodes(tx: Tx, tenant_id: string, entitled: ReadonlySet<string>): Promise<string[]> {
    const modules = await moduleRows.ofTenant(tx, tenant_id);
    const states = moduleStates({ modules, registered: this.registered, entitled });
    const features = await moduleRows.featuresOfTenant(tx, tenant_id);
    return [
      ...[...states].filter(([, state]) => state.enabled && !state.is_core).map(([code]) => code),
      ...features
        .filter((one) => one.is_active && one.enabled === true && states.get(one.module_code)?.enabled)
        .map((one) => one.feature_code),
    ].sort();
  }
}
