import { Instant, Int, ListOf, Nested, OneOf, Text } from '#platform/http/index.js';

export class LimitOut {
  @Text() code: string;
  @Int({ nullable: true, description: 'null: no limit' }) max: number | null;
  @Int() used: number;
}
export class StoreAccessOut {
  @OneOf(['all', 'selected']) mode: 'all' | 'selected';
  @ListOf({ uuid: true }, { max: 500 }) store_ids: string[];
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
  @Nested(() => StoreAccessOut, { description: 'stores in which the caller may do anything' }) store_scope: StoreAccessOut;
  @ListOf({ text: { max: 60 } }) permissions: string[];
}
