import { Flag, Int, JsonObject, ListOf, Nested, OneOf, Text } from '#platform/http/index.js';

export class ModuleSwitchOut {
  @Text() module_code: string;
  @Text() name: string;
  @Flag({ description: 'always on' }) is_core: boolean;
  @Flag({ description: 'not switched off by the platform' }) active: boolean;
  @Flag({ description: 'in the plan' }) entitled: boolean;
  @Flag({ description: 'on, all things considered' }) enabled: boolean;
  @OneOf(['not_in_plan', 'off_by_tenant', 'off_by_platform', 'dependency_off'], { nullable: true, description: 'why it is off' }) reason:
    string | null;
  @ListOf({ text: { max: 40 } }) depends_on: string[];
}
export class FeatureSwitchOut {
  @Text() feature_code: string;
  @Text() module_code: string;
  @Text() name: string;
  @Flag() active: boolean;
  @Flag() enabled: boolean;
}
export class PasswordPolicyView {
  @Int() min_length: number;
  @OneOf(['all', 'three']) classes: string;
  @Int() history: number;
  @Int({ nullable: true }) max_age_days: number | null;
}
export class SettingsOut {
  @ListOf({ dto: () => ModuleSwitchOut }) modules: ModuleSwitchOut[];
  @ListOf({ dto: () => FeatureSwitchOut }) features: FeatureSwitchOut[];
  @JsonObject({ description: 'by module, defaults filled in' }) settings: Record<string, unknown>;
  @Nested(() => PasswordPolicyView) password_policy: PasswordPolicyView;
  @Flag() mfa_required: boolean;
}
export class SettingsPatch {
  @JsonObject({ optional: true, description: 'code → on or off; any case, the names of GET /tenant/settings or their aliases' })
  modules?: Record<string, unknown>;
  @JsonObject({ optional: true, description: 'code → on or off' }) features?: Record<string, unknown>;
  @JsonObject({ optional: true, description: 'by module; what is not named stays, null goes back to the default' }) settings?: Record<
    string,
    unknown
  >;
  @Flag({ optional: true, description: 'the caller needs a second factor to demand one' }) mfa_required?: boolean;
  @Flag({ optional: true, description: 'switch on what a module needs, too' }) with_dependencies?: boolean;
}
