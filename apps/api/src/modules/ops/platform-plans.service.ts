import { Injectable } from '@nestjs/common';
import type { PlatformScope } from '#platform/db/index.js';
import type { ListRequest, Page } from '#platform/http/index.js';
import { planOut, Plans, type PlatformPlanRow } from '../entitlements/index.js';
import type { PlanIn, PlanPatch, PlatformPlanOut } from './platform-plans.dto.js';

/** The price list as staff see and write it. */
@Injectable()
export class PlatformPlans {
  constructor(private readonly plans: Plans) {}

  async list(scope: PlatformScope, list: ListRequest): Promise<Page<PlatformPlanOut>> {
    const page = await this.plans.list(scope, list);
    return { ...page, data: page.data.map(platformPlanOut) };
  }

  async get(scope: PlatformScope, plan_code: string): Promise<PlatformPlanOut> {
    return platformPlanOut(await this.plans.get(scope, plan_code));
  }

  async create(scope: PlatformScope, input: PlanIn): Promise<PlatformPlanOut> {
    const {
      plan_code,
      name,
      is_addon = false,
      is_active = true,
      modules = [],
      limits = {},
      trial_days = 0,
      trial_limits = {},
      prices = [],
    } = input;
    return platformPlanOut(
      await this.plans.create(scope, { plan_code, name, is_addon, is_active, modules, limits, trial_days, trial_limits, prices }),
    );
  }

  async update(scope: PlatformScope, plan_code: string, patch: PlanPatch, version: number | null): Promise<PlatformPlanOut> {
    return platformPlanOut(await this.plans.update(scope, plan_code, patch, version));
  }
}

function platformPlanOut(row: PlatformPlanRow): PlatformPlanOut {
  const { is_active, trial_limits, subscription_count, row_version, created_at, updated_at } = row;
  return {
    ...planOut(row), is_active, trial_limits, subscription_count, row_version: Number(row_version), created_at: created_at.toISOString(), updated_at: updated_at.toISOString(),
  }; // prettier-ignore
}
