import { ERRORS, type ErrorCode } from '#contracts/errors.js';
import type { Route } from '../auth/index.js';
import { bodyClassOf } from '../http/body.js';
import { AnyObject, fieldsOf, type DtoClass, type FieldSchema } from '../http/fields.js';
import { listSpecOf, type FilterSpec } from '../http/list.js';
import { ComponentSchemas } from './component-schemas.js';

type Json = Record<string, unknown>;

/** Refusals that every tenant route, every route with a body … shares; a route names only its own. */
const TENANT: readonly ErrorCode[] = [
  'unauthenticated', 'token_expired', 'session_revoked', 'wrong_realm', 'tenant_hint_invalid', 'tenant_mismatch', 'tenant_host_required', 'tenant_suspended', 'tenant_archived',
  'tenant_not_ready', 'membership_suspended', 'password_change_required', 'mfa_required', 'not_found',
  // of API keys
  'invalid_credentials', 'ip_refused',
]; // prettier-ignore
const SHARED: Readonly<Record<Route['access']['kind'], readonly ErrorCode[]>> = {
  public: [],
  signed_in: [...TENANT, 'permission_denied'],
  requires: [...TENANT, 'permission_denied', 'module_disabled'],
  platform: [
    'unauthenticated', 'token_expired', 'session_revoked', 'wrong_realm', 'password_change_required', 'mfa_required', 'permission_denied', 'platform_host_required',
    'platform_hosts_unset', 'not_found',
  ], // prettier-ignore
  machine: ['unauthenticated', 'invalid_credentials', 'platform_host_required'],
};
const EVERY: readonly ErrorCode[] = ['internal', 'busy', 'timeout', 'database_unavailable'];

/**
 * OpenAPI 3.1 from the route table: what the guard enforces and what class-validator checks is what is written here, so there is nothing
 * to keep in step by hand. `x-permission`, `x-audit` and `x-codes` say the rest.
 */
export function openApiDocument(routes: readonly Route[], info: { readonly title: string; readonly version: string }): Json {
  const schemas = new ComponentSchemas({ Problem: problemSchema() });
  const paths: Record<string, Json> = {};
  for (const route of [...routes].sort((a, b) => a.path.localeCompare(b.path) || a.method.localeCompare(b.method))) {
    const path = `/api/v1${route.path.replace(/:([A-Za-z_]+)/g, '{$1}')}`;
    (paths[path] ??= {})[route.method.toLowerCase()] = operation(route, schemas);
  }
  return {
    openapi: '3.1.0',
    info: {
      ...info,
      description: 'Every path below /api/v1 also works below /api. Errors are application/problem+json with a stable code.',
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: schemas.all(),
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        api_key: { type: 'apiKey', in: 'header', name: 'x-api-key' },
        ops_key: { type: 'apiKey', in: 'header', name: 'x-ops-key' },
        cron_key: { type: 'apiKey', in: 'header', name: 'x-cron-key' },
      },
    },
  };
}

function operation(route: Route, schemas: ComponentSchemas): Json {
  const body = bodyClassOf(route.controller, route.handler_name);
  const list = listSpecOf(route.handler);
  const codes = [...new Set<ErrorCode>([...SHARED[route.access.kind], ...furtherCodes(route), ...(body || list ? (['validation_failed'] as const) : []), ...(body ? (['malformed_json', 'body_too_large', 'unsupported_media_type'] as const) : []), ...(list ? (['cursor_invalid'] as const) : []), ...route.answer.codes, ...EVERY])]; // prettier-ignore
  return {
    operationId: route.id,
    tags: [route.path.split('/')[1] ?? ''],
    parameters: [...pathParameters(route.path), ...(list ? queryParameters(list.filters) : [])],
    ...(body ? { requestBody: { required: true, content: { 'application/json': { schema: reference(body, schemas) } } } } : {}),
    responses: {
      [route.answer.status]: success(route.answer, schemas),
      ...(route.answer.or ? { [route.answer.or.status]: success(route.answer.or, schemas) } : {}),
      default: { description: 'Refusal', content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } },
    },
    ...security(route),
    'x-permission': permissionOf(route),
    ...(route.audited ? { 'x-audit': typeof route.audited === 'string' ? route.audited : null } : {}),
    'x-codes': codes.sort(),
  };
}

/** What follows from how a route is called, whatever it does. */
function furtherCodes({ access, method, mutating, remembers }: Route): ErrorCode[] {
  const guarded = access.kind !== 'public' && access.kind !== 'machine';
  return [
    ...(access.kind === 'platform' && access.ops_key ? (['invalid_credentials'] as const) : []),
    ...(access.kind === 'requires' && mutating ? (['tenant_read_only', 'entitlement_inactive'] as const) : []),
    ...(remembers ? (['authz_changed'] as const) : []),
    ...(guarded && method === 'POST' ? (['idempotency_key_invalid', 'idempotency_conflict'] as const) : []),
  ];
}

function success({ body, status }: Pick<Route['answer'], 'status' | 'body'>, schemas: ComponentSchemas): Json {
  if (body === null) return { description: status === 204 ? 'Done' : 'Accepted' };
  if (body === 'stream') return { description: 'Events', content: { 'text/event-stream': { schema: { type: 'string' } } } };
  const schema = Array.isArray(body)
    ? {
        type: 'object',
        required: ['data', 'next_cursor'],
        additionalProperties: false,
        properties: { data: { type: 'array', items: reference(body[0] as DtoClass, schemas) }, next_cursor: { type: ['string', 'null'] } },
      }
    : reference(body as DtoClass, schemas);
  return { description: 'Success', content: { 'application/json': { schema } } };
}

function reference(dto: DtoClass, schemas: ComponentSchemas): Json {
  if (dto === AnyObject) return { type: 'object', additionalProperties: true };
  return schemas.reference(dto, () => {
    const fields = [...fieldsOf(dto)];
    const required = fields.filter(([, field]) => !field.optional).map(([name]) => name);
    return {
      type: 'object',
      additionalProperties: false,
      ...(required.length ? { required } : {}),
      properties: Object.fromEntries(fields.map(([name, field]) => [name, fieldSchema(field, schemas)])),
    };
  });
}

function fieldSchema(field: FieldSchema, schemas: ComponentSchemas): Json {
  const { optional: _, nullable, ref, items, description, type, ...rest } = field;
  const own: Json = ref
    ? reference(ref(), schemas)
    : { ...(type ? { type: nullable ? [type, 'null'] : type } : {}), ...rest, ...(items ? { items: fieldSchema(items, schemas) } : {}) };
  if (nullable && Array.isArray(own['enum'])) own['enum'] = [...(own['enum'] as unknown[]), null];
  const schema = ref && nullable ? { anyOf: [own, { type: 'null' }] } : own;
  return description ? { ...schema, description } : schema;
}

const pathParameters = (path: string): Json[] =>
  [...path.matchAll(/:([A-Za-z_]+)/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: { type: 'string' } }));

function queryParameters(filters: Readonly<Record<string, FilterSpec>>): Json[] {
  const schemaOf = (filter: FilterSpec): Json => {
    switch (filter.kind) {
      case 'text':
        return { type: 'string', maxLength: filter.max };
      case 'uuid':
        return { type: 'string', format: 'uuid' };
      case 'instant':
        return { type: 'string', format: 'date-time' };
      case 'int':
        return { type: 'integer', minimum: filter.min, maximum: filter.max };
      case 'flag':
        return { type: 'boolean' };
      case 'one_of':
        return { type: 'string', enum: filter.values };
    }
  };
  return [
    ...Object.entries(filters).map(([name, filter]) => ({ name, in: 'query', schema: schemaOf(filter) })),
    { name: 'limit', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 100, default: 25 } },
    { name: 'cursor', in: 'query', schema: { type: 'string' } },
  ];
}

function security({ access, on_behalf }: Route): Json {
  if (access.kind === 'public') return { security: [] };
  if (access.kind === 'machine') return { security: [{ cron_key: [] }] };
  if (access.kind === 'platform') return { security: access.ops_key ? [{ bearer: [] }, { ops_key: [] }] : [{ bearer: [] }] };
  // A key as bearer is the same key; beside a route of one's own account it opens nothing.
  return { security: access.kind === 'requires' || on_behalf ? [{ bearer: [] }, { api_key: [] }] : [{ bearer: [] }] };
}

export function permissionOf({ access }: Route): string {
  switch (access.kind) {
    case 'requires':
      return access.permissions.join(' ');
    case 'platform':
      return access.permission ?? 'platform';
    case 'machine':
      return `machine:${access.key}`;
    default:
      return access.kind;
  }
}

function problemSchema(): Json {
  return {
    type: 'object',
    required: ['type', 'title', 'status', 'code', 'request_id'],
    properties: {
      type: { type: 'string' },
      title: { type: 'string' },
      status: { type: 'integer' },
      code: { type: 'string', enum: Object.keys(ERRORS).sort() },
      detail: { type: 'string' },
      request_id: { type: 'string' },
      errors: {
        type: 'array',
        items: {
          type: 'object',
          required: ['field', 'code', 'message'],
          properties: { field: { type: 'string' }, code: { type: 'string' }, message: { type: 'string' } },
        },
      },
    },
  };
}
