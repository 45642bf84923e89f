import { Flag, Instant, Int, JsonObject, ListOf, listQuery, Text } from '#platform/http/index.js';
import { PlanOut, PlanPriceDto } from '../entitlements/index.js';

const NAME = { max: 80, pattern: /\S/ } as const;
const CODES = { text: { max: 40 } } as const;
const LIMITS = 'limit code → number, or null for no limit';

export class PlanIn {
  @Text({ max: 40, pattern: /^[a-z][a-z0-9_]*$/ }) plan_code: string;
  @Text(NAME) name: string;
  @Flag({ optional: true, description: 'bought beside a base plan; its limits are added by quantity' }) is_addon?: boolean;
  @Flag({ optional: true, description: 'false: on the list of staff, not yet on that of everybody' }) is_active?: boolean;
  @ListOf(CODES, { max: 50, optional: true }) modules?: string[];
  @JsonObject({ optional: true, description: `${LIMITS}; a code that is not named gives nothing` }) limits?: Record<string, unknown>;
  @Int({ min: 0, max: 365, optional: true }) trial_days?: number;
  @JsonObject({ optional: true, description: `${LIMITS}; instead of the limits, during a trial` }) trial_limits?: Record<string, unknown>;
  @ListOf({ dto: () => PlanPriceDto }, { max: 60, optional: true }) prices?: PlanPriceDto[];
}
export class PlanPatch {
  @Text({ ...NAME, optional: true }) name?: string;
  @Flag({ optional: true, description: 'false: no longer sold; refused while somebody has it' }) is_active?: boolean;
  @ListOf(CODES, { max: 50, optional: true }) modules?: string[];
  @JsonObject({ optional: true, description: `${LIMITS}; what is not named stays` }) limits?: Record<string, unknown>;
  @Int({ min: 0, max: 365, optional: true }) trial_days?: number;
  @JsonObject({ optional: true, description: `${LIMITS}; takes the place of all of them` }) trial_limits?: Record<string, unknown>;
  @ListOf({ dto: () => PlanPriceDto }, { max: 60, optional: true, description: 'all prices; what was bought keeps its own' })
  prices?: PlanPriceDto[];
}
export class PlatformPlanOut extends PlanOut {
  @Flag() is_active: boolean;
  @JsonObject() trial_limits: Readonly<Record<string, number | null>>;
  @Int({ description: 'live subscriptions that have it' }) subscription_count: number;
  @Int() row_version: number;
  @Instant() created_at: string;
  @Instant() updated_at: string;
}
export const PLATFORM_PLANS = listQuery({});
