import { ROLE_PACKS } from '#contracts/roles.js';
import { Flag, Instant, Int, JsonObject, ListOf, listQuery, OneOf, Text } from '#platform/http/index.js';

const PACKS = Object.keys(ROLE_PACKS);
const CODES = { text: { max: 40 } } as const;

export class TemplateStore {
  @Text({ max: 20, pattern: /^[A-Z0-9_-]+$/ }) code: string;
  @Text({ max: 120, pattern: /\S/ }) name: string;
}
export class TemplateIn {
  @Text({ max: 40, pattern: /^[a-z][a-z0-9_]*$/ }) template_code: string;
  @Text({ max: 120, pattern: /\S/ }) name: string;
  @OneOf(PACKS) role_pack: string;
  @ListOf(CODES, { max: 50, unique: true }) module_codes: string[];
  @ListOf(CODES, { max: 50, unique: true, optional: true }) feature_codes?: string[];
  @Text({ max: 40, optional: true, nullable: true }) plan_code?: string | null;
  @JsonObject({ optional: true, description: 'by module' }) settings?: Record<string, unknown>;
  @ListOf({ dto: () => TemplateStore }, { min: 1, max: 20, optional: true, description: 'the first becomes the default store' })
  stores?: TemplateStore[];
  @Flag({ optional: true, description: 'of tenants that name no template; it moves here' }) is_default?: boolean;
}
export class TemplatePatch {
  @Text({ max: 120, pattern: /\S/, optional: true }) name?: string;
  @OneOf(PACKS, { optional: true }) role_pack?: string;
  @ListOf(CODES, { max: 50, unique: true, optional: true }) module_codes?: string[];
  @ListOf(CODES, { max: 50, unique: true, optional: true }) feature_codes?: string[];
  @Text({ max: 40, optional: true, nullable: true }) plan_code?: string | null;
  @JsonObject({ optional: true }) settings?: Record<string, unknown>;
  @ListOf({ dto: () => TemplateStore }, { min: 1, max: 20, optional: true }) stores?: TemplateStore[];
  @Flag({ optional: true }) is_default?: boolean;
}
export class TemplateOut {
  @Text() template_code: string;
  @Text() name: string;
  @OneOf(PACKS) role_pack: string;
  @ListOf(CODES) module_codes: string[];
  @ListOf(CODES) feature_codes: string[];
  @Text({ nullable: true }) plan_code: string | null;
  @JsonObject() settings: Record<string, unknown>;
  @ListOf({ dto: () => TemplateStore }) stores: TemplateStore[];
  @Flag() is_default: boolean;
  @Int() row_version: number;
  @Instant() created_at: string;
}
export const TEMPLATE_LIST = listQuery({});
