import { BILLING_INTERVALS } from '#contracts/modules.js';
import { Flag, Instant, Int, ListOf, OneOf, Text, Uuid } from '#platform/http/index.js';
import { SUBSCRIPTION_STATUSES } from './subscription-clock.js';

export class SubscriptionItemIn {
  @Text({ max: 40, description: 'an add-on' }) plan_code: string;
  @Int({ min: 1, max: 10_000 }) quantity: number;
}
export class SubscriptionIn {
  @Text({ max: 40, optional: true, description: 'the base plan; needed' }) plan_code?: string;
  @OneOf(BILLING_INTERVALS, { optional: true, description: 'month when left out' }) interval?: 'month' | 'quarter' | 'year';
  @Text({ min: 3, max: 3, pattern: /^[A-Z]{3}$/, optional: true, description: 'ISO 4217; the tenant’s when left out' }) currency?: string;
  @ListOf({ dto: () => SubscriptionItemIn }, { max: 20, optional: true, description: 'add-ons' }) items?: SubscriptionItemIn[];
}
export class SubscriptionPatch {
  @Text({ max: 40, optional: true, description: 'another base plan; ends a trial' }) plan_code?: string;
  @ListOf({ dto: () => SubscriptionItemIn }, { max: 20, optional: true, description: 'all add-ons from now on; ends a trial' })
  items?: SubscriptionItemIn[];
  @Flag({ optional: true, description: 'the subscription ends with its period, or goes on' }) cancel_at_period_end?: boolean;
}
export class SubscriptionItemOut {
  @Uuid() subscription_item_id: string;
  @Text() plan_code: string;
  @Text() name: string;
  @Flag() is_addon: boolean;
  @Int() quantity: number;
  @Int({ description: 'minor units, as it was when it was bought' }) unit_amount: number;
  @Text({ max: 3 }) currency: string;
}
export class SubscriptionOut {
  @Uuid() subscription_id: string;
  @Text() plan_code: string;
  @OneOf(SUBSCRIPTION_STATUSES) status: string;
  @OneOf(BILLING_INTERVALS) interval: string;
  @Text({ max: 3 }) currency: string;
  @Instant() current_period_start: string;
  @Instant() current_period_end: string;
  @Instant({ nullable: true }) trial_ends_at: string | null;
  @Instant({ nullable: true }) past_due_since: string | null;
  @Instant({ nullable: true, description: 'of a payment that is late: until then everything stays open' }) grace_until: string | null;
  @Flag() cancel_at_period_end: boolean;
  @OneOf(['manual']) provider: string;
  @ListOf({ dto: () => SubscriptionItemOut }) items: SubscriptionItemOut[];
  @Int({ description: 'minor units, of one period' }) total_amount: number;
  @Instant() created_at: string;
}
