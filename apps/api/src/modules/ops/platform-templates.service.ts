import { Injectable } from '@nestjs/common';
import { fail } from '#contracts/errors.js';
import { PlatformDb, type PlatformScope } from '#platform/db/index.js';
import type { ListOfQuery, Page } from '#platform/http/index.js';
import { AuditService, type AuditChange } from '../audit/index.js';
import { Templates, type TemplateRow, type TemplateValues } from '../tenants/index.js';
import type { TEMPLATE_LIST, TemplateIn, TemplateOut, TemplatePatch } from './platform-templates.dto.js';

const MAIN_STORE = [{ code: 'MAIN', name: 'Main' }];
const FIELDS = ['name', 'role_pack', 'module_codes', 'feature_codes', 'plan_code', 'settings', 'stores', 'is_default'] as const;

/** What staff start new tenants from. A change concerns tenants made from then on. */
@Injectable()
export class PlatformTemplates {
  constructor(
    private readonly db: PlatformDb,
    private readonly templates: Templates,
    private readonly audit: AuditService,
  ) {}

  async list(scope: PlatformScope, list: ListOfQuery<typeof TEMPLATE_LIST>): Promise<Page<TemplateOut>> {
    const after = typeof list.after?.[0] === 'string' ? list.after[0] : null;
    const rows = await this.db.run(scope, (tx) => this.templates.list(tx, after, list.take));
    const page = list.page(rows, (row) => [row.template_code]);
    return { ...page, data: page.data.map(templateOut) };
  }

  async get(scope: PlatformScope, template_code: string): Promise<TemplateOut> {
    return templateOut(await this.db.run(scope, (tx) => this.templates.get(tx, template_code)));
  }

  async create(scope: PlatformScope, input: TemplateIn): Promise<TemplateOut> {
    const values: TemplateValues = {
      template_code: input.template_code, name: input.name.trim(), role_pack: input.role_pack, module_codes: input.module_codes, feature_codes: input.feature_codes ?? [],
      plan_code: input.plan_code ?? null, settings: (input.settings ?? {}) as TemplateValues['settings'], stores: storesOf(input.stores ?? MAIN_STORE), is_default: input.is_default ?? false,
    }; // prettier-ignore
    return this.db.run(scope, async (tx) => {
      const made = await this.templates.create(tx, values);
      await this.audit.record(tx, 'template.created', {
        targets: [{ type: 'template', id: made.template_code }],
        changes: changesOf(null, made),
      });
      return templateOut(made);
    });
  }

  /** @param version of `If-Match`, null when none was sent */
  async update(scope: PlatformScope, template_code: string, patch: TemplatePatch, version: number | null): Promise<TemplateOut> {
    return this.db.run(scope, async (tx) => {
      const before = await this.templates.lock(tx, template_code);
      if (version !== null && Number(before.row_version) !== version)
        throw fail('precondition_failed', { row_version: Number(before.row_version) });
      if (before.is_default && patch.is_default === false) throw fail('template_in_use', { is_default: true }); // make another one the default
      const given = Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined)) as Partial<TemplateValues>;
      const values = { ...before, ...given, ...(patch.stores ? { stores: storesOf(patch.stores) } : {}) };
      if (changesOf(before, values).length === 0) return templateOut(before);
      const after = await this.templates.update(tx, values);
      await this.audit.record(tx, 'template.updated', {
        targets: [{ type: 'template', id: template_code }],
        changes: changesOf(before, after),
      });
      return templateOut(after);
    });
  }

  async remove(scope: PlatformScope, template_code: string): Promise<void> {
    await this.db.run(scope, async (tx) => {
      const before = await this.templates.lock(tx, template_code);
      await this.templates.remove(tx, before);
      await this.audit.record(tx, 'template.deleted', {
        targets: [{ type: 'template', id: template_code }],
        changes: [{ field: 'name', from: before.name }],
      });
    });
  }
}

const storesOf = (stores: TemplateValues['stores']): TemplateValues['stores'] => stores.map(({ code, name }) => ({ code, name }));

function changesOf(before: TemplateValues | null, after: TemplateValues): AuditChange[] {
  return FIELDS.flatMap((field) => {
    const [from, to] = [before?.[field], after[field]];
    if (JSON.stringify(from) === JSON.stringify(to)) return [];
    return [before ? { field, from, to } : { field, to }];
  });
}

function templateOut({ row_version, created_at, module_codes, feature_codes, stores, settings, ...rest }: TemplateRow): TemplateOut {
  return {
    ...rest, module_codes: [...module_codes], feature_codes: [...feature_codes], stores: storesOf(stores) as TemplateOut['stores'], settings: { ...settings },
    row_version: Number(row_version), created_at: created_at.toISOString(),
  }; // prettier-ignore
}
