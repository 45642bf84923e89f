import { Injectable } from '@nestjs/common';
import { fail } from '#contracts/errors.js';
import { resolveModule, TEMPLATES, type TemplateCode, type ToggleModule } from '#contracts/modules.js';
import { RESERVED_SLUGS, slugProblem } from '#contracts/slug.js';
import { Config } from '#platform/config/index.js';
import { newId } from '#platform/crypto/index.js';
import { TenantDb, type TenantScope, type Tx } from '#platform/db/index.js';
import { Outbox } from '#platform/outbox/index.js';
import { AuditService, type AuditChange } from '../audit/index.js';
import { mayMove, type TenantStatus } from './tenant-state.js';
import type { TenantOut, TenantPatch } from './tenants.dto.js';
import { tenantRows, type TenantRow } from './tenants.repository.js';

export interface NewTenant {
  readonly name: string;
  readonly slug: string;
  readonly template_code: TemplateCode;
  readonly locale?: string;
  readonly time_zone?: string;
  readonly currency?: string;
}

@Injectable()
export class Tenants {
  private readonly reserved: ReadonlySet<string>;

  constructor(
    private readonly db: TenantDb,
    private readonly audit: AuditService,
    private readonly outbox: Outbox,
    private readonly config: Config,
  ) {
    this.reserved = new Set([...RESERVED_SLUGS, ...config.reserved_subdomains]);
  }

  /** @throws Problem slug_invalid or slug_reserved */
  checkSlug(slug: string): void {
    const problem = slugProblem(slug, this.reserved);
    if (problem) throw fail(problem);
  }

  /**
   * What a request for modules and features means. Names of the seeds are taken in any case. @throws Problem unknown_module { names }
   */
  resolveCodes(names: readonly string[], template: TemplateCode): { modules: ToggleModule[]; features: string[] } {
    const modules = new Set<ToggleModule>(TEMPLATES[template].modules);
    const features = new Set<string>();
    const unknown: string[] = [];
    for (const name of names) {
      const found = resolveModule(name);
      if (!found) unknown.push(name.slice(0, 40));
      else if (found.kind === 'module') modules.add(found.code);
      else if (found.kind === 'feature') features.add(found.code);
    }
    if (unknown.length) throw fail('unknown_module', { names: unknown });
    return { modules: [...modules], features: [...features] };
  }

  /** Tenant id for a tenant that is about to be made; the slug was checked. */
  newTenantId(): string {
    return newId();
  }

  /** Rows of a tenant in state `provisioning`. Its slug is taken from here on. @throws Problem slug_taken (by constraint) */
  async reserve(tx: Tx, tenant_id: string, input: NewTenant): Promise<void> {
    await tenantRows.insert(tx, {
      tenant_id,
      name: input.name,
      slug: input.slug,
      template_code: input.template_code,
      role_pack: TEMPLATES[input.template_code].role_pack,
      locale: input.locale ?? 'en',
      time_zone: input.time_zone ?? 'UTC',
      currency: input.currency ?? 'EUR',
      host: `${input.slug}.${this.config.root_domain}`,
    });
  }

  /** Module and feature rows; what exists stays as it is. */
  enable(tx: Tx, tenant_id: string, modules: readonly string[], features: readonly string[]): Promise<void> {
    return tenantRows.enable(tx, tenant_id, modules, features, tx.scope.actor.id);
  }
  disableAll(tx: Tx, tenant_id: string): Promise<void> {
    return tenantRows.disableAll(tx, tenant_id);
  }

  /** Moves a tenant, under its lock. @throws Problem not_found or invalid_transition */
  async move(
    tx: Tx,
    tenant_id: string,
    to: TenantStatus,
    reason: string | null,
    last_error: Readonly<Record<string, unknown>> | null = null,
  ): Promise<TenantStatus> {
    const from = await tenantRows.lock(tx, tenant_id);
    if (!from) throw fail('not_found');
    if (!mayMove(from, to)) throw fail('invalid_transition', { from, to });
    await tenantRows.setStatus(tx, tenant_id, to, reason, last_error);
    return from;
  }

  async find(tx: Pick<Tx, 'query'>, tenant_id: string): Promise<TenantRow> {
    const row = await tenantRows.find(tx, tenant_id);
    if (!row) throw fail('not_found');
    return row;
  }

  async get(scope: TenantScope): Promise<TenantOut> {
    return this.db.run(scope, (tx) => this.out(tx, scope.tenant_id));
  }

  async update(scope: TenantScope, patch: TenantPatch): Promise<TenantOut> {
    return this.db.run(scope, async (tx) => {
      const before = await this.find(tx, scope.tenant_id);
      const changes = changesOf(before, patch);
      if (changes.length) {
        await tenantRows.update(tx, scope.tenant_id, patch);
        await this.audit.record(tx, 'tenant.updated', { targets: [{ type: 'tenant', id: scope.tenant_id, label: before.slug }], changes });
        const changed = changes.map((change) => change.field);
        await this.outbox.emit(tx, {
          type: 'tenant.updated',
          subject_id: scope.tenant_id,
          data: { tenant_id: scope.tenant_id, name: patch.name ?? before.name, changed },
        });
      }
      return this.out(tx, scope.tenant_id);
    });
  }

  private async out(tx: Tx, tenant_id: string): Promise<TenantOut> {
    const row = await this.find(tx, tenant_id);
    const { branding, created_at, settings: _, ...rest } = row;
    const features = await tenantRows.modulesOn(tx, tenant_id);
    return {
      tenant_id: rest.tenant_id, slug: rest.slug, name: rest.name, status: rest.status, access: rest.access, template_code: rest.template_code,
      locale: rest.locale, time_zone: rest.time_zone, currency: rest.currency, branding, settings: { subdomain: rest.slug, features, branding }, created_at: created_at.toISOString(),
    }; // prettier-ignore
  }
}

function changesOf(before: TenantRow, patch: TenantPatch): AuditChange[] {
  return (['name', 'locale', 'time_zone', 'currency'] as const).flatMap((field) =>
    patch[field] !== undefined && patch[field] !== before[field] ? [{ field, from: before[field], to: patch[field] }] : [],
  );
}
