import { Injectable } from '@nestjs/common';
import { fail } from '#contracts/errors.js';
import type { TenantId } from '#contracts/ids.js';
import { DEFAULT_TEMPLATE, TEMPLATES, type TemplateCode } from '#contracts/modules.js';
import { PlatformDb, type PlatformScope, type Tx } from '#platform/db/index.js';
import type { ListOfQuery, Page } from '#platform/http/index.js';
import { Outbox } from '#platform/outbox/index.js';
import { AuditService, statedReason } from '../audit/index.js';
import { Entitlements } from '../entitlements/index.js';
import { Provisioning } from '../provisioning/index.js';
import { tenantRows, Tenants, type TenantListRow, type TenantStatus } from '../tenants/index.js';
import type { CONSOLE_TENANTS, ConsoleTenant, ConsoleTenantDetail, TenantCreated, TenantIn } from './tenants-console.dto.js';

/** What platform staff do with tenants. Every change stands in the platform's log and in the tenant's own. */
@Injectable()
export class TenantsConsole {
  constructor(
    private readonly db: PlatformDb,
    private readonly tenants: Tenants,
    private readonly provisioning: Provisioning,
    private readonly entitlements: Entitlements,
    private readonly audit: AuditService,
    private readonly outbox: Outbox,
  ) {}

  /** Takes the slug, writes the job; everything else the worker does. @throws Problem slug_*, unknown_module, unknown_template, unknown_plan */
  async create(scope: PlatformScope, input: TenantIn): Promise<TenantCreated> {
    const slug = input.subdomain.trim().toLowerCase();
    this.tenants.checkSlug(slug);
    const template_code = templateOf(input.template_code);
    const { modules, features } = this.tenants.resolveCodes(input.features ?? [], template_code);
    const template = TEMPLATES[template_code];
    const tenant_id = this.tenants.newTenantId();
    return this.db.inTenant(scope, tenant_id as TenantId, async (tx) => {
      await this.entitlements.mustHavePlan(tx, input.plan_code ?? template.plan);
      await this.tenants.reserve(tx, tenant_id, { name: input.name, slug, template_code });
      const provisioning_job_id = await this.provisioning.enqueue(tx, {
        tenant_id,
        kind: 'tenant_create',
        requested_by: scope.actor.id,
        input: {
          name: input.name, slug, template_code, role_pack: template.role_pack, modules, features, currency: 'EUR', stores: template.stores,
          plan_code: input.plan_code ?? template.plan, trial: input.plan_code === undefined, owner: input.owner ? { email: input.owner.email, name: input.owner.name ?? null } : null,
        }, // prettier-ignore
      });
      await this.audit.recordStaffAct(tx, 'tenant.created', {
        targets: [{ type: 'tenant', id: tenant_id, label: slug }],
        changes: [{ field: 'slug', to: slug }, { field: 'template_code', to: template_code }, { field: 'plan_code', to: input.plan_code ?? template.plan }], // prettier-ignore
      });
      return { tenant_id, name: input.name, slug, status: 'provisioning', provisioning_job_id };
    });
  }

  async list(scope: PlatformScope, list: ListOfQuery<typeof CONSOLE_TENANTS>): Promise<Page<ConsoleTenant>> {
    const after = (list.after?.[0] as string | undefined) ?? null;
    const rows = await this.db.run(scope, (tx) => tenantRows.list(tx, list.filters, after, list.take));
    const page = list.page(rows, (row) => [row.tenant_id]);
    return { ...page, data: page.data.map(consoleTenant) };
  }

  async get(scope: PlatformScope, tenant_id: string): Promise<ConsoleTenantDetail> {
    return this.db.run(scope, (tx) => this.detail(tx, tenant_id));
  }

  suspend(scope: PlatformScope, tenant_id: string, reason: string | undefined): Promise<ConsoleTenantDetail> {
    return this.move(scope, tenant_id, { from: 'active', to: 'suspended' }, statedReason(reason));
  }
  resume(scope: PlatformScope, tenant_id: string, reason: string | undefined): Promise<ConsoleTenantDetail> {
    return this.move(scope, tenant_id, { from: 'suspended', to: 'active' }, statedReason(reason));
  }

  private async move(
    scope: PlatformScope,
    tenant_id: string,
    { from, to }: { from: TenantStatus; to: 'active' | 'suspended' },
    reason: string,
  ): Promise<ConsoleTenantDetail> {
    return this.db.inTenant(scope, tenant_id as TenantId, async (tx) => {
      const { status } = await this.tenants.find(tx, tenant_id);
      if (status !== from) throw fail('invalid_transition', { from: status, to }); // an archived tenant, say, is restored and not resumed
      await this.tenants.move(tx, tenant_id, to, reason);
      const action = to === 'suspended' ? 'tenant.suspended' : 'tenant.resumed';
      await this.audit.recordStaffAct(tx, action, {
        targets: [{ type: 'tenant', id: tenant_id }],
        changes: [{ field: 'status', from, to }],
        reason,
      });
      await this.outbox.emit(tx, { type: action, subject_id: tenant_id, data: { tenant_id, reason } });
      return this.detail(tx, tenant_id);
    });
  }

  private async detail(tx: Pick<Tx, 'query'>, tenant_id: string): Promise<ConsoleTenantDetail> {
    const row = await tenantRows.forConsole(tx, tenant_id);
    if (!row) throw fail('not_found');
    const { locale, time_zone, currency, read_only, last_error } = row;
    return { ...consoleTenant(row), locale, time_zone, currency, read_only, last_error };
  }
}

function templateOf(code: string | undefined): TemplateCode {
  if (code === undefined) return DEFAULT_TEMPLATE;
  if (!Object.hasOwn(TEMPLATES, code)) throw fail('unknown_template');
  return code as TemplateCode;
}

function consoleTenant(row: TenantListRow): ConsoleTenant {
  const error = row.last_error as { step?: string; message?: string; code?: string } | null;
  return {
    tenant_id: row.tenant_id, slug: row.slug, name: row.name, status: row.status, status_reason: row.status_reason, access: row.access, template_code: row.template_code,
    plan_code: row.plan_code, member_count: row.member_count, failure_step: error?.step ?? null, failure_reason: error?.message ?? error?.code ?? null, created_at: row.created_at.toISOString(),
  }; // prettier-ignore
}
