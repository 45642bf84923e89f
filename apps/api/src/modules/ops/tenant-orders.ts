import { Injectable } from '@nestjs/common';
import type { TxInTenant } from '#platform/db/index.js';
import { AuditService } from '../audit/index.js';
import { Entitlements } from '../entitlements/index.js';
import { Provisioning } from '../provisioning/index.js';
import { Templates, Tenants } from '../tenants/index.js';

/** Where the plan of a template that names none comes from. */
const DEFAULT_PLAN = 'premium';

export interface TenantOrder {
  readonly name: string;
  /** Checked with `Tenants.checkSlug`. */
  readonly slug: string;
  readonly template_code?: string | undefined;
  /** Left out: a trial of the plan of the template. */
  readonly plan_code?: string | undefined;
  /** Modules and features beside those of the template. */
  readonly features?: readonly string[] | undefined;
  /**
   * Who gets the top role. `user_id` left out: whoever has the account of that address, else an invitation. Given: that account, and with
   * null always an invitation, whatever account there is.
   */
  readonly owner: { readonly email: string; readonly name: string | null; readonly user_id?: string | null } | null;
}

/** Orders a tenant: takes the slug and writes the job, in the caller's transaction inside the new tenant. Everything else the worker does. */
@Injectable()
export class TenantOrders {
  constructor(
    private readonly tenants: Tenants,
    private readonly templates: Templates,
    private readonly provisioning: Provisioning,
    private readonly entitlements: Entitlements,
    private readonly audit: AuditService,
  ) {}

  /** @returns provisioning_job_id. @throws Problem slug_taken, unknown_module, unknown_template, unknown_plan */
  async place(tx: TxInTenant, { name, slug, owner, ...wanted }: TenantOrder): Promise<string> {
    const { tenant_id } = tx;
    const template = await this.templates.choose(tx, wanted.template_code);
    const { template_code, role_pack, settings } = template;
    const { modules, features } = this.tenants.resolveCodes(wanted.features ?? [], template);
    const plan_code = wanted.plan_code ?? template.plan_code ?? DEFAULT_PLAN;
    await this.entitlements.mustHavePlan(tx, plan_code);
    await this.tenants.reserve(tx, tenant_id, { name, slug, template_code, role_pack });
    const provisioning_job_id = await this.provisioning.enqueue(tx, {
      tenant_id,
      kind: 'tenant_create',
      requested_by: tx.scope.actor.id,
      input: {
        name, slug, template_code, role_pack, modules, features, settings, currency: 'EUR', stores: [...template.stores],
        plan_code, trial: wanted.plan_code === undefined, owner,
      }, // prettier-ignore
    });
    await this.audit.recordStaffAct(tx, 'tenant.created', {
      targets: [{ type: 'tenant', id: tenant_id, label: slug }],
      changes: [{ field: 'slug', to: slug }, { field: 'template_code', to: template_code }, { field: 'plan_code', to: plan_code }], // prettier-ignore
    });
    return provisioning_job_id;
  }
}
