import { EVENT_CATALOGUE } from '#contracts/event-catalogue.js';
import { Flag, Instant, Int, JsonObject, listQuery, ListOf, Nested, OneOf, Text, Uuid } from '#platform/http/index.js';

const NAME = { max: 80, pattern: /\S/ } as const;
const URL_TEXT = { max: 2_048 } as const;
const EVENTS = { text: { max: 80 } } as const;
const RETRIES = { min: 0, max: 12 } as const;
const TIMEOUT = { min: 1_000, max: 60_000 } as const;
const HEADERS = 'sent with every delivery; at most 20; never returned';
export const STATUSES = ['active', 'paused', 'disabled'] as const;

export class EndpointIn {
  @Text({ ...NAME, description: 'unique in the tenant' }) name: string;
  @Text(URL_TEXT) url: string;
  @ListOf(EVENTS, { min: 1, max: 100, unique: true, description: 'types, `resource.*` or `*`' }) events: string[];
  @JsonObject({ optional: true, description: HEADERS }) headers?: Record<string, unknown>;
  @Int({ ...RETRIES, optional: true }) retry_count?: number;
  @Int({ ...TIMEOUT, optional: true, description: 'of one send, answer included' }) timeout_ms?: number;
}
export class EndpointPatch {
  @Text({ ...NAME, optional: true }) name?: string;
  @Text({ ...URL_TEXT, optional: true }) url?: string;
  @ListOf(EVENTS, { min: 1, max: 100, unique: true, optional: true }) events?: string[];
  @JsonObject({ optional: true, description: `${HEADERS}; replaces all` }) headers?: Record<string, unknown>;
  @Int({ ...RETRIES, optional: true }) retry_count?: number;
  @Int({ ...TIMEOUT, optional: true }) timeout_ms?: number;
}
export class ResumeIn {
  @Flag({ optional: true, description: 'send what was held meanwhile; true' }) release_held?: boolean;
}
export class RotateIn {
  @Int({ min: 0, max: 604_800, optional: true, description: 'seconds that the old secret still signs; 86400; 0 ends it now' })
  overlap_s?: number;
}
export class TestIn {
  @OneOf([...EVENT_CATALOGUE.keys()], { optional: true, description: 'sends the example of that type; webhook.test' }) event_type?: string;
}

export class SecretVersionOut {
  @Int() version: number;
  @OneOf(['current', 'next', 'retired']) state: string;
  @Instant({ nullable: true }) expires_at: string | null;
}
export class EndpointOut {
  @Uuid() webhook_id: string;
  @Text(NAME) name: string;
  @Text(URL_TEXT) url: string;
  @ListOf(EVENTS) events: string[];
  @ListOf(EVENTS, { description: 'permissions that were held when the events were saved; a type that needs another one is not sent' })
  granted_requires: string[];
  @ListOf({ text: { max: 256 } }) header_names: string[];
  @OneOf(STATUSES) status: string;
  @OneOf(['gone', 'no_success', 'staff'], { nullable: true }) disabled_reason: string | null;
  @Int() retry_count: number;
  @Int() timeout_ms: number;
  @Instant({ nullable: true }) last_success_at: string | null;
  @Instant({ nullable: true }) last_failure_at: string | null;
  @Int({ description: 'failed sends in a row' }) failure_count: number;
  @Instant({ nullable: true }) failing_since: string | null;
  @ListOf({ dto: () => SecretVersionOut }) secret_versions: SecretVersionOut[];
  @Instant() created_at: string;
  @Instant() updated_at: string;
  @Int() row_version: number;
}
const SECRET = { min: 64, max: 64, description: 'shown now and never again' } as const;
export class NewEndpointOut {
  @Uuid() webhook_id: string;
  @Text(SECRET) secret: string;
  @Text(NAME) name: string;
  @Text(URL_TEXT) url: string;
  @ListOf(EVENTS) events: string[];
  @OneOf(STATUSES) status: string;
}
export class EndpointMade {
  @Flag() success: true;
  @Nested(() => NewEndpointOut) webhook: NewEndpointOut;
}
export class RotatedEndpointOut extends EndpointOut {
  @Text(SECRET) secret: string;
}
export class EndpointRotated {
  @Flag() success: true;
  @Nested(() => RotatedEndpointOut) webhook: RotatedEndpointOut;
}

export class EventTypeOut {
  @Text() type: string;
  @Text() summary: string;
  @Text({ description: 'the permission that a subscriber needs' }) requires: string;
  @Flag({ description: 'false: comes with a module that is not built yet' }) emitted: boolean;
  @JsonObject({ description: 'JSON Schema of data' }) schema: Record<string, unknown>;
  @JsonObject({ description: 'an example of data' }) example: Record<string, unknown>;
}
export class EventTypesOut {
  @ListOf({ dto: () => EventTypeOut }) data: EventTypeOut[];
  @Text({ nullable: true }) next_cursor: string | null;
}
export const ENDPOINT_LIST = listQuery({ status: { kind: 'one_of', values: STATUSES } });
