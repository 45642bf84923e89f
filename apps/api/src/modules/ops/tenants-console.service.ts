import { Injectable } from '@nestjs/common';
import { fail } from '#contracts/errors.js';
import type { TenantId } from '#contracts/ids.js';
import { PlatformDb, type PlatformScope, type Tx, type TxInTenant } from '#platform/db/index.js';
import type { ListOfQuery, Page } from '#platform/http/index.js';
import { AuditService, statedReason } from '../audit/index.js';
import { Provisioning } from '../provisioning/index.js';
import { Members, type MEMBER_LIST, type MemberOut } from '../rbac/index.js';
import { Templates, TenantLifecycle, tenantRows, Tenants, type TenantListRow } from '../tenants/index.js';
import type {
  ApplyTemplateIn, CONSOLE_TENANTS, ConsolePatch, ConsoleTenant, ConsoleTenantDetail, JobStarted, ReadOnlyIn, TenantCreated, TenantIn,
} from './tenants-console.dto.js'; // prettier-ignore
import { TenantOrders } from './tenant-orders.js';

/** What platform staff do with tenants. Every change stands in the platform's log and in the tenant's own. */
@Injectable()
export class TenantsConsole {
  constructor(
    private readonly db: PlatformDb,
    private readonly tenants: Tenants,
    private readonly lifecycle: TenantLifecycle,
    private readonly templates: Templates,
    private readonly provisioning: Provisioning,
    private readonly orders: TenantOrders,
    private readonly audit: AuditService,
    private readonly people: Members,
  ) {}

  /** Takes the slug, writes the job; everything else the worker does. @throws Problem slug_*, unknown_module, unknown_template, unknown_plan */
  async create(scope: PlatformScope, input: TenantIn): Promise<TenantCreated> {
    const slug = input.subdomain.trim().toLowerCase();
    this.tenants.checkSlug(slug);
    const tenant_id = this.tenants.newTenantId();
    return this.db.inTenant(scope, tenant_id as TenantId, async (tx) => {
      const { name, template_code, plan_code, features } = input;
      const owner = input.owner ? { email: input.owner.email, name: input.owner.name ?? null } : null;
      const provisioning_job_id = await this.orders.place(tx, { name, slug, template_code, plan_code, features, owner });
      return { tenant_id, name, slug, status: 'provisioning', provisioning_job_id };
    });
  }

  async list(scope: PlatformScope, list: ListOfQuery<typeof CONSOLE_TENANTS>): Promise<Page<ConsoleTenant>> {
    const after = (list.after?.[0] as string | undefined) ?? null;
    const rows = await this.db.run(scope, (tx) => tenantRows.list(tx, list.filters, after, list.take));
    const page = list.page(rows, (row) => [row.tenant_id]);
    return { ...page, data: page.data.map(consoleTenant) };
  }

  /** The newest thousand at most, for the command line. */
  async all(scope: PlatformScope, filters: { readonly status?: string; readonly q?: string }): Promise<ConsoleTenant[]> {
    return (await this.db.run(scope, (tx) => tenantRows.list(tx, filters, null, 1_000))).map(consoleTenant);
  }

  async get(scope: PlatformScope, tenant_id: string): Promise<ConsoleTenantDetail> {
    return this.db.run(scope, (tx) => this.detail(tx, tenant_id));
  }

  /** Who works there, with roles: whom support access is for. @throws Problem not_found */
  members(scope: PlatformScope, tenant_id: string, list: ListOfQuery<typeof MEMBER_LIST>): Promise<Page<MemberOut>> {
    return this.db.inTenant(scope, tenant_id as TenantId, async (tx) => {
      await this.detail(tx, tenant_id);
      return this.people.page(tx, list);
    });
  }

  update(scope: PlatformScope, tenant_id: string, names: ConsolePatch): Promise<ConsoleTenantDetail> {
    return this.change(scope, tenant_id, (tx) => this.lifecycle.rename(tx, tenant_id, names));
  }

  async suspend(scope: PlatformScope, tenant_id: string, reason: string | undefined): Promise<ConsoleTenantDetail> {
    const stated = statedReason(reason);
    return this.change(scope, tenant_id, (tx) => this.lifecycle.suspend(tx, tenant_id, stated));
  }
  async resume(scope: PlatformScope, tenant_id: string, reason: string | undefined): Promise<ConsoleTenantDetail> {
    const stated = statedReason(reason);
    return this.change(scope, tenant_id, (tx) => this.lifecycle.resume(tx, tenant_id, stated));
  }
  async archive(scope: PlatformScope, tenant_id: string, reason: string | undefined): Promise<ConsoleTenantDetail> {
    const stated = statedReason(reason);
    return this.change(scope, tenant_id, (tx) => this.lifecycle.archive(tx, tenant_id, stated));
  }
  async restore(scope: PlatformScope, tenant_id: string, reason: string | undefined): Promise<ConsoleTenantDetail> {
    const stated = statedReason(reason);
    return this.change(scope, tenant_id, (tx) => this.lifecycle.restore(tx, tenant_id, stated));
  }
  async setReadOnly(scope: PlatformScope, tenant_id: string, { read_only = true, reason }: ReadOnlyIn): Promise<ConsoleTenantDetail> {
    const stated = statedReason(reason);
    return this.change(scope, tenant_id, (tx) => this.lifecycle.setReadOnly(tx, tenant_id, read_only, stated));
  }

  /** Adds what the template has and the tenant lacks: repeated, nothing. @throws Problem unknown_template, invalid_transition or job_running */
  async applyTemplate(scope: PlatformScope, tenant_id: string, input: ApplyTemplateIn): Promise<JobStarted> {
    return this.db.inTenant(scope, tenant_id as TenantId, async (tx) => {
      const { status } = await this.tenants.locked(tx, tenant_id);
      const { template_code, role_pack, module_codes, feature_codes, settings } = await this.templates.choose(tx, input.template_code);
      if (status !== 'active' && status !== 'suspended') throw fail('invalid_transition', { from: status, to: status });
      const provisioning_job_id = await this.provisioning.enqueue(tx, {
        tenant_id,
        kind: 'apply_template',
        requested_by: scope.actor.id,
        input: { template_code, role_pack, modules: [...module_codes], features: [...feature_codes], settings },
      });
      await this.audit.recordStaffAct(tx, 'tenant.template_requested', {
        targets: [{ type: 'tenant', id: tenant_id }],
        changes: [{ field: 'template_code', to: template_code }, { field: 'provisioning_job_id', to: provisioning_job_id }], // prettier-ignore
      });
      return { tenant_id, provisioning_job_id };
    });
  }

  private change(scope: PlatformScope, tenant_id: string, work: (tx: TxInTenant) => Promise<unknown>): Promise<ConsoleTenantDetail> {
    return this.db.inTenant(scope, tenant_id as TenantId, async (tx) => {
      await work(tx);
      return this.detail(tx, tenant_id);
    });
  }

  private async detail(tx: Pick<Tx, 'query'>, tenant_id: string): Promise<ConsoleTenantDetail> {
    const row = await tenantRows.forConsole(tx, tenant_id);
    if (!row) throw fail('not_found');
    const { locale, time_zone, currency, read_only, last_error, delete_after } = row;
    const { legal_hold } = (row.settings['platform'] ?? {}) as { legal_hold?: boolean };
    return {
      ...consoleTenant(row), locale, time_zone, currency, read_only, last_error, delete_after: delete_after?.toISOString() ?? null, legal_hold: legal_hold === true,
    }; // prettier-ignore
  }
}

function consoleTenant(row: TenantListRow): ConsoleTenant {
  const error = row.last_error as { step?: string; message?: string; code?: string } | null;
  return {
    tenant_id: row.tenant_id, slug: row.slug, name: row.name, status: row.status, status_reason: row.status_reason, access: row.access, template_code: row.template_code,
    plan_code: row.plan_code, member_count: row.member_count, failure_step: error?.step ?? null, failure_reason: error?.message ?? error?.code ?? null, created_at: row.created_at.toISOString(),
  }; // prettier-ignore
}
