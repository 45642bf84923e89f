import { BILLING_INTERVALS } from '#contracts/modules.js';
import { Flag, Int, JsonObject, ListOf, listQuery, OneOf, Text } from '#platform/http/index.js';

export class PlanPriceDto {
  @Text({ min: 3, max: 3, pattern: /^[A-Z]{3}$/ }) currency: string;
  @OneOf(BILLING_INTERVALS) interval: 'month' | 'quarter' | 'year';
  @Int({ min: 0, max: 9_007_199_254_740_991, description: 'minor units' }) amount: number;
}
/** A plan on the price list. */
export class PlanOut {
  @Text() plan_code: string;
  @Text() name: string;
  @Flag({ description: 'bought beside a base plan; its limits are added by quantity' }) is_addon: boolean;
  @ListOf({ text: { max: 40 } }) modules: string[];
  @JsonObject({ description: 'limit code → number; null: no limit' }) limits: Readonly<Record<string, number | null>>;
  @Int() trial_days: number;
  @ListOf({ dto: () => PlanPriceDto }, { description: 'none: sold by staff alone' }) prices: PlanPriceDto[];
}
export const PLAN_LIST = listQuery({});
