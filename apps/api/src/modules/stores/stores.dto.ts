import { Flag, Instant, Int, JsonObject, listQuery, OneOf, Text, Uuid } from '#platform/http/index.js';

const CODE = { max: 20, pattern: /^[A-Za-z0-9_-]{1,20}$/ } as const;
const NAME = { max: 120, pattern: /\S/ } as const;
const CURRENCY = { min: 3, max: 3, pattern: /^[A-Z]{3}$/ } as const;

export class StoreIn {
  @Text({ ...CODE, description: 'stored in capitals; unique in the tenant' }) code: string;
  @Text(NAME) name: string;
  @Text({ max: 40, optional: true }) kind?: string;
  @JsonObject({ optional: true }) address?: Record<string, unknown>;
  @Text({ max: 40, optional: true, nullable: true }) phone?: string | null;
  @Text({ max: 64, optional: true, description: 'IANA name; the tenant’s when left out' }) time_zone?: string;
  @Text({ ...CURRENCY, optional: true, description: 'ISO 4217; the tenant’s when left out' }) currency?: string;
  @JsonObject({ optional: true }) opening_hours?: Record<string, unknown>;
}
export class StorePatch {
  @Text({ ...CODE, optional: true }) code?: string;
  @Text({ ...NAME, optional: true }) name?: string;
  @Text({ max: 40, optional: true }) kind?: string;
  @JsonObject({ optional: true }) address?: Record<string, unknown>;
  @Text({ max: 40, optional: true, nullable: true }) phone?: string | null;
  @Text({ max: 64, optional: true }) time_zone?: string;
  @Text({ ...CURRENCY, optional: true }) currency?: string;
  @JsonObject({ optional: true }) opening_hours?: Record<string, unknown>;
  @OneOf(['active', 'inactive'], { optional: true }) status?: 'active' | 'inactive';
}
export class StoreOut {
  @Uuid() store_id: string;
  @Text() code: string;
  @Text() name: string;
  @Text() kind: string;
  @JsonObject() address: Record<string, unknown>;
  @Text({ nullable: true }) phone: string | null;
  @Text() time_zone: string;
  @Text() currency: string;
  @JsonObject() opening_hours: Record<string, unknown>;
  @Flag() is_default: boolean;
  @OneOf(['active', 'inactive']) status: 'active' | 'inactive';
  @Int() row_version: number;
  @Instant() created_at: string;
  @Instant() updated_at: string;
}
export const STORE_LIST = listQuery({
  q: { kind: 'text', max: 80 },
  status: { kind: 'one_of', values: ['active', 'inactive'], fold: true },
});
