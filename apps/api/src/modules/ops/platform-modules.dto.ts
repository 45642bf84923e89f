import { Flag, Int, ListOf, listQuery, Text } from '#platform/http/index.js';

export class PlatformModuleOut {
  @Text() module_code: string;
  @Text() name: string;
  @Flag({ description: 'always on' }) is_core: boolean;
  @Flag({ description: 'this release has its code' }) is_built: boolean;
  @Flag({ description: 'false: off for every tenant, whatever it switched' }) is_active: boolean;
  @ListOf({ text: { max: 40 } }) depends_on: string[];
  @Int({ description: 'tenants that have it switched on' }) tenant_count: number;
}
export class PlatformModuleIn {
  @Flag() is_active: boolean;
  @Text({ min: 0, max: 500, optional: true, description: 'needed: at least 10 characters' }) reason?: string;
}
export const PLATFORM_MODULES = listQuery({});
