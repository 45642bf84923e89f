import { Injectable } from '@nestjs/common';
import { fail } from '#contracts/errors.js';
import { resolveModule } from '#contracts/modules.js';
import { RESERVED_SLUGS, slugProblem } from '#contracts/slug.js';
import type { AuthzContext } from '#platform/auth/index.js';
import { Config } from '#platform/config/index.js';
import { Clock, newId } from '#platform/crypto/index.js';
import { TenantDb, type TenantScope, type Tx } from '#platform/db/index.js';
import { Outbox } from '#platform/outbox/index.js';
import { AuditService, type AuditChange } from '../audit/index.js';
import { changedBranding } from './branding.js';
import { refuseSettings } from './derived-settings.js';
import { hostRows } from './hosts.repository.js';
import { moduleRows } from './modules.repository.js';
import { restedBefore } from './rest-period.js';
import type { TemplateRow } from './templates.repository.js';
import { TenantAnswers } from './tenant-answer.js';
import { CachedTenantResolver } from './tenant-resolver.js';
import { mayMove, type TenantStatus } from './tenant-state.js';
import type { TenantOut, TenantPatch } from './tenants.dto.js';
import { tenantRows, type LockedTenant, type TenantRow } from './tenants.repository.js';

export interface NewTenant {
  readonly name: string;
  readonly slug: string;
  readonly template_code: string;
  readonly role_pack: string;
  readonly locale?: string;
  readonly time_zone?: string;
  readonly currency?: string;
}

/** What is asked of a tenant beside its own life: what it is, what it is called, what is on. */
@Injectable()
export class Tenants {
  private readonly reserved: ReadonlySet<string>;

  constructor(
    private readonly db: TenantDb,
    private readonly answers: TenantAnswers,
    private readonly resolver: CachedTenantResolver,
    private readonly audit: AuditService,
    private readonly outbox: Outbox,
    private readonly clock: Clock,
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
   * What a request for modules and features means, beside those of the template. Names of the seeds are taken in any case.
   * @throws Problem unknown_module { names }
   */
  resolveCodes(
    names: readonly string[],
    template: Pick<TemplateRow, 'module_codes' | 'feature_codes'>,
  ): { modules: string[]; features: string[] } {
    const modules = new Set(template.module_codes);
    const features = new Set(template.feature_codes);
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

  /** Rows of a tenant in state `provisioning`. Its slug is taken from here on. @throws Problem slug_taken (also by constraint) */
  async reserve(tx: Tx, tenant_id: string, input: NewTenant): Promise<void> {
    await this.mustBeFree(tx, tenant_id, input.slug);
    await tenantRows.insert(tx, {
      tenant_id,
      name: input.name,
      slug: input.slug,
      template_code: input.template_code,
      role_pack: input.role_pack,
      locale: input.locale ?? 'en',
      time_zone: input.time_zone ?? 'UTC',
      currency: input.currency ?? 'EUR',
    });
    await this.takeSubdomain(tx, tenant_id, input.slug, true);
  }

  /** Another slug, and the subdomain with it; the old one rests. @throws Problem slug_invalid, slug_reserved or slug_taken */
  async rename(tx: Tx, tenant_id: string, { slug: before }: LockedTenant, slug: string): Promise<void> {
    this.checkSlug(slug);
    await this.mustBeFree(tx, tenant_id, slug);
    const hosts = await hostRows.live(tx, tenant_id);
    const was = hosts.find(({ kind }) => kind === 'subdomain');
    await tenantRows.setSlug(tx, tenant_id, slug);
    await tenantRows.restSlug(tx, before, tenant_id, this.clock.now());
    if (was) await hostRows.release(tx, tenant_id, was.host, this.clock.now());
    await this.takeSubdomain(tx, tenant_id, slug, was?.is_primary ?? true);
    tx.afterCommit(() => this.resolver.forget());
  }

  private async mustBeFree(tx: Tx, tenant_id: string, slug: string): Promise<void> {
    if (await tenantRows.slugRests(tx, slug, tenant_id, restedBefore(this.clock.now()))) throw fail('slug_taken');
  }

  private async takeSubdomain(tx: Tx, tenant_id: string, slug: string, is_primary: boolean): Promise<void> {
    const now = this.clock.now();
    const subdomain = { host: `${slug}.${this.config.root_domain}`, kind: 'subdomain', is_primary, challenge: null } as const;
    if (!(await hostRows.take(tx, tenant_id, subdomain, now, restedBefore(now)))) throw fail('slug_taken');
  }

  /** Module and feature rows; what exists stays as it is. @returns the codes that were added */
  enable(
    tx: Tx,
    tenant_id: string,
    modules: readonly string[],
    features: readonly string[],
  ): Promise<{ modules: string[]; features: string[] }> {
    return moduleRows.enable(tx, tenant_id, { modules, features }, tx.scope.actor.id);
  }
  disableAll(tx: Tx, tenant_id: string): Promise<void> {
    return moduleRows.disableAll(tx, tenant_id);
  }

  /** Moves a tenant, under its lock. @throws Problem not_found or invalid_transition */
  async move(
    tx: Tx,
    tenant_id: string,
    to: TenantStatus,
    reason: string | null,
    last_error: Readonly<Record<string, unknown>> | null = null,
  ): Promise<TenantStatus> {
    const { status } = await this.locked(tx, tenant_id);
    if (!mayMove(status, to)) throw fail('invalid_transition', { from: status, to });
    await tenantRows.setStatus(tx, tenant_id, { status: to, reason, last_error, delete_after: null });
    return status;
  }

  /**
   * A tenant that was ordered and is not wanted any more. Its slug and subdomain are free at once: nobody was ever there, so no link or
   * cookie points to it and nothing has to rest. @returns the slug it had. @throws Problem not_found or invalid_transition
   */
  async abandon(tx: Tx, tenant_id: string, reason: string, last_error: Readonly<Record<string, unknown>>): Promise<string> {
    const { slug } = await this.locked(tx, tenant_id);
    await this.move(tx, tenant_id, 'failed', reason, last_error);
    await tenantRows.setSlug(tx, tenant_id, `cancelled-${tenant_id}`);
    await hostRows.removeAll(tx, tenant_id);
    tx.afterCommit(() => this.resolver.forget());
    return slug;
  }

  /** @throws Problem not_found */
  async locked(tx: Tx, tenant_id: string): Promise<LockedTenant> {
    const row = await tenantRows.lock(tx, tenant_id);
    if (!row) throw fail('not_found');
    return row;
  }

  async find(tx: Pick<Tx, 'query'>, tenant_id: string): Promise<TenantRow> {
    const row = await tenantRows.find(tx, tenant_id);
    if (!row) throw fail('not_found');
    return row;
  }

  /** Of an archived tenant only those who may restore it see more than that it is archived. @throws Problem tenant_archived */
  async get(scope: TenantScope, authz: AuthzContext): Promise<TenantOut> {
    if (authz.access === 'closed' && !authz.effective.has('tenants:admin')) throw fail('tenant_archived');
    return this.db.run(scope, (tx) => this.answers.of(tx, scope.tenant_id));
  }

  async update(scope: TenantScope, patch: TenantPatch): Promise<TenantOut> {
    if (patch.settings) refuseSettings(patch.settings, '/settings');
    return this.db.run(scope, async (tx) => {
      const before = await this.find(tx, scope.tenant_id);
      const branding = patch.branding && changedBranding(before.branding, patch.branding);
      const changes = changesOf(before, { ...patch, branding });
      if (changes.length) {
        await this.write(tx, before, { ...patch, branding }, changes);
        tx.afterCommit(() => this.resolver.forget());
      }
      return this.answers.of(tx, scope.tenant_id);
    });
  }

  private async write(tx: Tx, { tenant_id, slug, name }: TenantRow, patch: TenantChange, changes: AuditChange[]): Promise<void> {
    await tenantRows.update(tx, tenant_id, patch);
    await this.audit.record(tx, 'tenant.updated', { targets: [{ type: 'tenant', id: tenant_id, label: slug }], changes });
    await this.outbox.emit(tx, {
      type: 'tenant.updated',
      subject_id: tenant_id,
      data: { tenant_id, name: patch.name ?? name, changed: changes.map((change) => change.field) },
    });
  }
}

type TenantChange = Omit<TenantPatch, 'branding' | 'settings'> & { readonly branding?: Record<string, string> | undefined };

function changesOf(before: TenantRow, patch: TenantChange): AuditChange[] {
  return (['name', 'locale', 'time_zone', 'currency', 'branding'] as const).flatMap((field) =>
    patch[field] !== undefined && !isSame(patch[field], before[field]) ? [{ field, from: before[field], to: patch[field] }] : [],
  );
}

/** jsonb comes back in an order of keys of its own. */
const isSame = (a: unknown, b: unknown): boolean => sorted(a) === sorted(b);
const sorted = (value: unknown): string =>
  JSON.stringify(typeof value === 'object' && value !== null ? Object.entries(value).sort(([x], [y]) => (x < y ? -1 : 1)) : value);
