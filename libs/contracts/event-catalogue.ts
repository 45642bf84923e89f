/**
 * What a webhook can ask for: every public event with the JSON Schema of its `data` and an example of it. A type whose module is not
 * built yet is listed with `emitted: false`: it may be subscribed to and comes when the module does. Changes are additive; a field that is
 * renamed, retyped or taken away is a new type.
 */
import { EVENTS, type EventData, type PublicEventType } from './events.js';
import type { Permission } from './permissions.js';

/** One value of `data`. What a payload needs beyond these forms is added here, and `schemaFaults` of the outbox then has to know it. */
export type ValueSchema =
  | { readonly type: 'string'; readonly format?: 'uuid' | 'date-time'; readonly description?: string }
  | { readonly type: 'integer'; readonly description?: string }
  | { readonly type: 'array'; readonly items: ValueSchema; readonly description?: string };
export interface DataSchema {
  readonly type: 'object';
  readonly additionalProperties: false;
  readonly required: readonly string[];
  readonly properties: Readonly<Record<string, ValueSchema & { readonly description: string }>>;
}
export interface CatalogueEntry {
  readonly type: string;
  readonly summary: string;
  /** Whoever subscribes holds it over the whole tenant. */
  readonly requires: Permission;
  readonly emitted: boolean;
  readonly schema: DataSchema;
  readonly example: Readonly<Record<string, unknown>>;
}

const object = (properties: DataSchema['properties']): DataSchema => ({
  type: 'object',
  additionalProperties: false,
  required: Object.keys(properties),
  properties,
});
const text = (description: string) => ({ type: 'string', description }) as const;
const uuid = (description: string) => ({ type: 'string', format: 'uuid', description }) as const;
const instant = (description: string) => ({ type: 'string', format: 'date-time', description }) as const;
const whole = (description: string) => ({ type: 'integer', description }) as const;
const texts = (description: string) => ({ type: 'array', items: { type: 'string' }, description }) as const;

const ID = '0197e2a4-6f00-7c3d-8a51-3f9d2b7c1e10';
const OTHER_ID = '0197e2a4-6f00-7c3d-8a51-3f9d2b7c1e11';
const THIRD_ID = '0197e2a4-6f00-7c3d-8a51-3f9d2b7c1e12';
const ITEM = object({
  variant_id: uuid('The variant'),
  product_id: uuid('Its product'),
  sku: text('Its code, unique in the tenant'),
  name: text('Name of the product'),
});
const ITEM_EXAMPLE = { variant_id: ID, product_id: OTHER_ID, sku: 'TEA-100', name: 'Green tea' };
const ORDER = object({
  order_id: uuid('The order'),
  number: text('Its number, unique in the tenant'),
  status: text('State of the order'),
  currency: text('ISO 4217'),
  total_minor: whole('Total in minor units of the currency'),
});
const ORDER_EXAMPLE = { order_id: ID, number: 'SO-1001', status: 'confirmed', currency: 'EUR', total_minor: 4_500 };
const FILE = object({
  file_id: uuid('The file'),
  name: text('Its name'),
  size_bytes: whole('Its size'),
  content_type: text('Its media type'),
});
const FILE_EXAMPLE = { file_id: ID, name: 'price-list.pdf', size_bytes: 48_211, content_type: 'application/pdf' };

type Details<K extends PublicEventType> = { readonly schema: DataSchema; readonly example: EventData[K] };

const EMITTED: { readonly [K in PublicEventType]: Details<K> } = {
  'tenant.updated': {
    schema: object({ tenant_id: uuid('The tenant'), name: text('Its name'), changed: texts('Names of the fields that changed') }),
    example: { tenant_id: ID, name: 'Harbour Retail', changed: ['name'] },
  },
  'user.created': {
    schema: object({ user_id: uuid('The person'), email: text('Their address'), display_name: text('Their name') }),
    example: { user_id: ID, email: 'ana@example.com', display_name: 'Ana Silva' },
  },
  'role.updated': {
    schema: object({ role_id: uuid('The role'), code: text('Its code'), name: text('Its name') }),
    example: { role_id: ID, code: 'cashier', name: 'Cashier' },
  },
  'invitation.created': {
    schema: object({ invitation_id: uuid('The invitation'), email: text('Who is invited'), role_id: uuid('The role that is offered') }),
    example: { invitation_id: ID, email: 'ben@example.com', role_id: OTHER_ID },
  },
  'invitation.accepted': {
    schema: object({ invitation_id: uuid('The invitation'), user_id: uuid('Who accepted it') }),
    example: { invitation_id: ID, user_id: OTHER_ID },
  },
  'store.created': {
    schema: object({ store_id: uuid('The store'), code: text('Its code'), name: text('Its name') }),
    example: { store_id: ID, code: 'MAIN', name: 'Main' },
  },
  'inventory.created': { schema: ITEM, example: ITEM_EXAMPLE },
  'inventory.updated': { schema: ITEM, example: ITEM_EXAMPLE },
  'inventory.deleted': { schema: ITEM, example: ITEM_EXAMPLE },
  'webhook.test': {
    schema: object({ message: text('A sentence for whoever reads the log') }),
    example: { message: 'This is a test.' },
  },
  'webhook.endpoint_failing': {
    schema: object({
      webhook_id: uuid('The webhook that fails'),
      name: text('Its name'),
      failure_count: whole('Failed sends in a row'),
      failing_since: instant('The first of them'),
    }),
    example: { webhook_id: ID, name: 'Warehouse', failure_count: 10, failing_since: '2026-01-05T08:00:00.000Z' },
  },
  'webhook.endpoint_disabled': {
    schema: object({
      webhook_id: uuid('The webhook that was disabled'),
      name: text('Its name'),
      reason: text('gone: it answered 410; no_success: nothing arrived for days; staff: platform staff did it'),
    }),
    example: { webhook_id: ID, name: 'Warehouse', reason: 'no_success' },
  },
};

const PLANNED: readonly Omit<CatalogueEntry, 'emitted'>[] = [
  { type: 'order.created', summary: 'An order was created', requires: 'orders:read', schema: ORDER, example: ORDER_EXAMPLE },
  { type: 'order.updated', summary: 'An order was changed', requires: 'orders:read', schema: ORDER, example: ORDER_EXAMPLE },
  {
    type: 'forecast.updated',
    summary: 'A forecast was made anew',
    requires: 'ai:read',
    schema: object({ forecast_id: uuid('The forecast'), variant_id: uuid('What it is about'), horizon_days: whole('How far it looks') }),
    example: { forecast_id: ID, variant_id: OTHER_ID, horizon_days: 28 },
  },
  {
    type: 'policy.committed',
    summary: 'A reorder policy was put into force',
    requires: 'ai:read',
    schema: object({ policy_id: uuid('The policy'), variant_id: uuid('What it is about'), committed_by: uuid('Who decided') }),
    example: { policy_id: ID, variant_id: OTHER_ID, committed_by: THIRD_ID },
  },
  {
    type: 'anomaly.detected',
    summary: 'Something unusual was found',
    requires: 'ai:read',
    schema: object({ anomaly_id: uuid('The finding'), variant_id: uuid('What it is about'), kind: text('What is unusual') }),
    example: { anomaly_id: ID, variant_id: OTHER_ID, kind: 'demand_spike' },
  },
  { type: 'file.available', summary: 'A file can be read', requires: 'files:read', schema: FILE, example: FILE_EXAMPLE },
  { type: 'file.quarantined', summary: 'A file was put aside by the scan', requires: 'files:read', schema: FILE, example: FILE_EXAMPLE },
  {
    type: 'audit.checkpoint',
    summary: 'A stretch of the audit log was sealed',
    requires: 'audit:read',
    schema: object({
      checkpoint_id: uuid('The checkpoint'),
      head: text('Hash of the last row, hex'),
      rows: whole('Rows since the one before'),
    }),
    example: { checkpoint_id: ID, head: 'ab'.repeat(32), rows: 412 },
  },
];

/** Every type that a webhook may ask for, by name. */
export const EVENT_CATALOGUE: ReadonlyMap<string, CatalogueEntry> = new Map(
  [
    ...(Object.keys(EMITTED) as PublicEventType[]).map((type) => ({
      type,
      summary: EVENTS[type].summary,
      requires: EVENTS[type].requires,
      emitted: true,
      ...EMITTED[type],
    })),
    ...PLANNED.map((planned) => ({ ...planned, emitted: false })),
  ]
    .sort((a, b) => (a.type < b.type ? -1 : 1))
    .map((entry) => [entry.type, entry]),
);
