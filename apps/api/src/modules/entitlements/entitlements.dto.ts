import { Instant, Int, ListOf, OneOf, Text } from '#platform/http/index.js';

export class LimitOut {
  @Text() code: string;
  @Int({ nullable: true, description: 'null: no limit' }) max: number | null;
  @Int() used: number;
}
export class EntitlementsOut {
  @Text({ nullable: true }) plan_code: string | null;
  @OneOf(['trial', 'active', 'past_due', 'suspended', 'expired', 'none']) status: string;
  @Instant({ nullable: true }) period_end: string | null;
  @Instant({ nullable: true }) trial_ends_at: string | null;
  @Text({ nullable: true }) source: string | null;
  @ListOf({ text: { max: 40 } }) modules: string[];
  @ListOf({ text: { max: 40 } }) features: string[];
  @ListOf({ dto: () => LimitOut }) limits: LimitOut[];
  @ListOf({ text: { max: 60 } }) permissions: string[];
}
