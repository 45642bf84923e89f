import { Injectable } from '@nestjs/common';
import { fail } from '#contracts/errors.js';
import { resolveModule } from '#contracts/modules.js';
import type { Tx } from '#platform/db/index.js';
import { TenantSettings } from './settings.service.js';
import { templateRows, type TemplateRow, type TemplateValues } from './templates.repository.js';

/** What a new tenant starts from, and what an existing one may get on top. All of it on the platform pool. */
@Injectable()
export class Templates {
  constructor(private readonly settings: TenantSettings) {}

  list(tx: Pick<Tx, 'query'>, after: string | null, take: number): Promise<TemplateRow[]> {
    return templateRows.list(tx, after, take);
  }

  /** @throws Problem not_found */
  async get(tx: Pick<Tx, 'query'>, template_code: string): Promise<TemplateRow> {
    const row = await templateRows.find(tx, template_code);
    if (!row) throw fail('not_found');
    return row;
  }

  /** Named in a request; left out: the default. @throws Problem unknown_template */
  async choose(tx: Pick<Tx, 'query'>, template_code: string | undefined): Promise<TemplateRow> {
    const row = await templateRows.find(tx, template_code ?? null);
    if (!row) throw fail('unknown_template');
    return row;
  }

  async lock(tx: Tx, template_code: string): Promise<TemplateRow> {
    const row = await templateRows.lock(tx, template_code);
    if (!row) throw fail('not_found');
    return row;
  }

  /** @throws Problem invalid_state when the code is taken, unknown_module, unknown_setting, unknown_plan (by constraint) */
  async create(tx: Tx, template: TemplateValues): Promise<TemplateRow> {
    if (template.is_default) await templateRows.clearDefault(tx, template.template_code);
    if (!(await templateRows.insert(tx, this.checked(template)))) throw fail('invalid_state', { reason: 'template_code_taken' });
    return this.get(tx, template.template_code);
  }

  async update(tx: Tx, template: TemplateValues): Promise<TemplateRow> {
    if (template.is_default) await templateRows.clearDefault(tx, template.template_code);
    await templateRows.update(tx, this.checked(template));
    return this.get(tx, template.template_code);
  }

  /** @throws Problem template_in_use: tenants were made from it, or it is the default */
  async remove(tx: Tx, { template_code, is_default }: TemplateRow): Promise<void> {
    const tenants = await templateRows.tenantsOf(tx, template_code);
    if (tenants > 0 || is_default) throw fail('template_in_use', { tenants, is_default });
    await templateRows.remove(tx, template_code);
  }

  /** Codes by their own names, so that what is stored is what is meant. @throws Problem unknown_module { names } or unknown_setting */
  private checked(template: TemplateValues): TemplateValues {
    const codes = { module: new Set<string>(), feature: new Set<string>() };
    const unknown: string[] = [];
    for (const name of [...template.module_codes, ...template.feature_codes]) {
      const found = resolveModule(name);
      if (!found) unknown.push(name.slice(0, 40));
      else if (found.kind !== 'core') codes[found.kind].add(found.code);
    }
    if (unknown.length) throw fail('unknown_module', { names: unknown });
    this.settings.check(template.settings);
    return { ...template, module_codes: [...codes.module], feature_codes: [...codes.feature] };
  }
}
