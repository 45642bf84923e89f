import { Flag, Instant, Int, listQuery, ListOf, Nested, OneOf, Text, Uuid } from '#platform/http/index.js';
import { StoreScopeDto } from '../rbac/index.js';
import { KEY_STATES } from './api-keys.repository.js';

const NAME = { max: 120 } as const;
const SCOPES = { text: { max: 60 } } as const;
/** An address or a network: `203.0.113.7`, `203.0.113.0/24`, `2001:db8::/32`. */
const CIDRS = { text: { max: 43 } } as const;

export class ApiKeyIn {
  @Text(NAME) name: string;
  @ListOf(SCOPES, { min: 1, max: 100, unique: true, description: 'Permissions; yours are the most it can have' }) scopes: string[];
  @Nested(() => StoreScopeDto, { optional: true, description: 'Left out: all stores' }) store_scope?: StoreScopeDto;
  @Int({ min: 1, max: 730, optional: true, description: 'Days until it ends; 365' }) expires_in_days?: number;
  @ListOf(CIDRS, { max: 20, unique: true, optional: true, description: 'Networks it may be used from; none: any' }) ip_cidrs?: string[];
}
export class ApiKeyPatch {
  @Text({ ...NAME, optional: true }) name?: string;
  @ListOf(CIDRS, { max: 20, unique: true, optional: true }) ip_cidrs?: string[];
  @Uuid({ optional: true, description: 'An active member who holds all that the key may do' }) owner_user_id?: string;
}
export class ApiKeyRotateIn {
  @Int({ min: 0, max: 1_440, optional: true, description: 'How long the old secret still works; 60' }) grace_minutes?: number;
}

export class ApiKeyOut {
  @Uuid() api_key_id: string;
  @Text(NAME) name: string;
  @Text({ max: 16, description: 'The beginning of the key, to tell it from others' }) prefix: string;
  @ListOf(SCOPES) scopes: string[];
  @Nested(() => StoreScopeDto) store_scope: StoreScopeDto;
  @Uuid() owner_user_id: string;
  @Text() owner_name: string;
  @ListOf(CIDRS) ip_cidrs: string[];
  @OneOf(KEY_STATES) status: string;
  @Instant() created_at: string;
  @Instant({ nullable: true }) expires_at: string | null;
  @Instant({ nullable: true }) rotated_at: string | null;
  @Instant({ nullable: true }) revoked_at: string | null;
  @Instant({ nullable: true }) last_used_at: string | null;
  @Text({ nullable: true }) last_ip: string | null;
}
export class ApiKeySecretOut extends ApiKeyOut {
  @Text({ max: 60, description: 'The key itself: shown now and never again' }) secret: string;
}
export class ApiKeyMade {
  @Flag() success: true;
  @Nested(() => ApiKeySecretOut) api_key: ApiKeySecretOut;
}
export const API_KEYS = listQuery({ status: { kind: 'one_of', values: KEY_STATES }, owner_user_id: { kind: 'uuid' } });
