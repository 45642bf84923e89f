import { Injectable } from '@nestjs/common';
import { fail } from '#contracts/errors.js';
import { PlatformDb, type PlatformScope, type Tx } from '#platform/db/index.js';
import type { ListOfQuery, Page } from '#platform/http/index.js';
import { Registry } from '#platform/modules/index.js';
import { AuditService, statedReason } from '../audit/index.js';
import { moduleRows, type PlatformModuleRow } from '../tenants/index.js';
import type { PLATFORM_MODULES, PlatformModuleIn, PlatformModuleOut } from './platform-modules.dto.js';

/** The kill switch of a module: off for every tenant on the next request; what each tenant has switched stays as it is. */
@Injectable()
export class PlatformModules {
  private readonly built: ReadonlySet<string>;

  constructor(
    private readonly db: PlatformDb,
    private readonly audit: AuditService,
    registry: Registry,
  ) {
    this.built = new Set(registry.modules.filter(({ built }) => built).map(({ module_code }) => module_code));
  }

  async list(scope: PlatformScope, list: ListOfQuery<typeof PLATFORM_MODULES>): Promise<Page<PlatformModuleOut>> {
    const after = typeof list.after?.[0] === 'string' ? list.after[0] : null;
    const rows = await this.db.run(scope, (tx) => moduleRows.listPlatform(tx, after, list.take));
    const page = list.page(rows, (row) => [row.module_code]);
    return { ...page, data: page.data.map((row) => this.out(row)) };
  }

  get(scope: PlatformScope, module_code: string): Promise<PlatformModuleOut> {
    return this.db.run(scope, (tx) => this.mustFind(tx, module_code));
  }

  /** @throws Problem not_found, module_is_core or invalid_state (on, without code in this release) */
  async switch(scope: PlatformScope, module_code: string, { is_active, reason }: PlatformModuleIn): Promise<PlatformModuleOut> {
    const stated = statedReason(reason);
    return this.db.run(scope, async (tx) => {
      const before = await moduleRows.lockPlatform(tx, module_code);
      const module = await this.mustFind(tx, module_code);
      if (module.is_core) throw fail('module_is_core', { module_code });
      if (is_active && !module.is_built) throw fail('invalid_state', { reason: 'not_built' });
      if (before?.is_active !== is_active) {
        await moduleRows.switchPlatform(tx, module_code, is_active);
        const changes = [{ field: 'is_active', from: before?.is_active, to: is_active }];
        await this.audit.record(tx, 'module.switched', { targets: [{ type: 'module', id: module_code }], changes, reason: stated });
      }
      return this.mustFind(tx, module_code);
    });
  }

  private async mustFind(tx: Pick<Tx, 'query'>, module_code: string): Promise<PlatformModuleOut> {
    const row = await moduleRows.findPlatform(tx, module_code);
    if (!row) throw fail('not_found');
    return this.out(row);
  }

  private out({ module_code, name, is_core, is_active, depends_on, tenant_count }: PlatformModuleRow): PlatformModuleOut {
    return { module_code, name, is_core, is_built: this.built.has(module_code), is_active, depends_on: [...depends_on], tenant_count };
  }
}
