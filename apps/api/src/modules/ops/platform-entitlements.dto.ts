import { BILLING_INTERVALS } from '#contracts/modules.js';
import { Flag, Instant, Int, JsonObject, ListOf, Nested, OneOf, Text, Uuid } from '#platform/http/index.js';
import { ENTITLEMENT_STATUSES, LimitOut, SubscriptionOut } from '../entitlements/index.js';

const KINDS = ['limit', 'module'] as const;

export class OverrideIn {
  @OneOf(KINDS) kind: 'limit' | 'module';
  @Text({ max: 40, description: 'of a limit or a module' }) code: string;
  @Int({ min: 0, max: 9_007_199_254_740_991, optional: true, nullable: true, description: 'of a limit; null: no limit' }) value?:
    number | null;
  @Flag({ optional: true, description: 'of a module: given or taken away' }) allowed?: boolean;
  @Instant({ optional: true, nullable: true, description: 'none: until it is taken back' }) expires_at?: string | null;
}
export class StaffSubscriptionIn {
  @Text({ max: 40, optional: true, description: 'another base plan, or that of a new subscription' }) plan_code?: string;
  @OneOf(BILLING_INTERVALS, { optional: true, description: 'of a new subscription' }) interval?: 'month' | 'quarter' | 'year';
  @Text({ min: 3, max: 3, pattern: /^[A-Z]{3}$/, optional: true, description: 'of a new subscription' }) currency?: string;
  @OneOf(['active', 'past_due', 'cancelled'], { optional: true, description: 'paid, late, or over at once' }) status?:
    'active' | 'past_due' | 'cancelled';
  @Instant({ optional: true, description: 'the trial ends then; one that is over goes on' }) trial_ends_at?: string;
}
export class StaffEntitlementsIn {
  @ListOf({ dto: () => OverrideIn }, { max: 100, optional: true, description: 'all overrides from now on' }) overrides?: OverrideIn[];
  @JsonObject({ optional: true, description: 'limit code → number or null, without an end; other overrides stay' }) limits?: Record<
    string,
    unknown
  >;
  @Nested(() => StaffSubscriptionIn, { optional: true }) subscription?: StaffSubscriptionIn;
  @Text({ min: 0, max: 500, optional: true, description: 'needed: at least 10 characters' }) reason?: string;
}
export class OverrideOut {
  @Uuid() override_id: string;
  @OneOf(KINDS) kind: string;
  @Text() code: string;
  @Int({ nullable: true }) value: number | null;
  @Flag({ nullable: true }) allowed: boolean | null;
  @Text({ max: 500 }) reason: string;
  @Instant({ nullable: true }) expires_at: string | null;
  @Text({ description: 'who of the staff' }) set_by: string;
  @Instant() created_at: string;
}
export class StaffEntitlementsOut {
  @Uuid() tenant_id: string;
  @Text({ nullable: true }) plan_code: string | null;
  @OneOf(ENTITLEMENT_STATUSES) status: string;
  @Instant({ nullable: true }) period_end: string | null;
  @Instant({ nullable: true }) trial_ends_at: string | null;
  @Instant({ nullable: true }) grace_until: string | null;
  @Instant({ nullable: true, description: 'the next moment at which time alone changes this' }) valid_until: string | null;
  @OneOf(['subscription', 'override', 'manual'], { nullable: true }) source: string | null;
  @ListOf({ text: { max: 40 } }, { description: 'what is given; the tenant switches them on' }) modules: string[];
  @ListOf({ dto: () => LimitOut }) limits: LimitOut[];
  @ListOf({ dto: () => OverrideOut }) overrides: OverrideOut[];
  @Nested(() => SubscriptionOut, { nullable: true }) subscription: SubscriptionOut | null;
}
