import { Injectable } from '@nestjs/common';
import { LIMIT_CODES, type Limits } from '#contracts/modules.js';
import type { Tx } from '#platform/db/index.js';
import { EntitledModules, type PlanGives } from '../tenants/index.js';
import { entitlementRows } from './entitlements.repository.js';

/** No row is no plan: nothing is allowed, and it is shown as nothing. */
const NOTHING = Object.fromEntries(LIMIT_CODES.map((code) => [code, 0])) as Limits;

@Injectable()
export class StoredEntitledModules extends EntitledModules {
  override async of(tx: Pick<Tx, 'query'>, tenant_id: string): Promise<PlanGives> {
    const row = await entitlementRows.read(tx, tenant_id);
    return { modules: new Set(row?.modules ?? []), limits: row?.limits ?? NOTHING };
  }
}
