/**
 * Event types and the shape of their `data`. `emit` checks the shape at compile time. Never in a payload: tokens, hashes, secrets, links.
 * `public`: may be subscribed to by a webhook. `requires`: the permission its reader needs.
 */
import type { Permission } from './permissions.js';

export interface EventData {
  'tenant.created': { tenant_id: string; slug: string; name: string };
  'tenant.updated': { tenant_id: string; name: string; changed: string[] };
  'tenant.suspended': { tenant_id: string; reason: string };
  'tenant.resumed': { tenant_id: string; reason: string };
  'tenant.archived': { tenant_id: string; delete_after: string };
  'tenant.restored': { tenant_id: string };
  /** Codes of what changed (`modules.pos`, `settings.stock.negative_allowed`, `mfa_required`), never values. */
  'settings.changed': { changed: string[] };
  'user.created': { user_id: string; email: string; display_name: string };
  'member.added': { user_id: string; roles: string[] };
  'member.updated': { user_id: string; status: string; roles: string[] };
  'member.removed': { user_id: string };
  'role.created': { role_id: string; code: string; name: string };
  'role.updated': { role_id: string; code: string; name: string };
  'role.deleted': { role_id: string; code: string };
  'invitation.created': { invitation_id: string; email: string; role_id: string };
  'invitation.accepted': { invitation_id: string; user_id: string };
  'invitation.revoked': { invitation_id: string };
  'store.created': { store_id: string; code: string; name: string };
  'store.updated': { store_id: string; code: string; name: string; status: string };
  'impersonation.started': { impersonation_id: string; user_id: string; mode: string; expires_at: string };
  'impersonation.ended': { impersonation_id: string; user_id: string; mode: string; expires_at: string };
  'entitlement.updated': { plan_code: string; status: string };
  'inventory.created': { variant_id: string; product_id: string; sku: string; name: string };
  'inventory.updated': { variant_id: string; product_id: string; sku: string; name: string };
  'inventory.deleted': { variant_id: string; product_id: string; sku: string; name: string };
  'webhook.test': { message: string };
  'webhook.endpoint_failing': { webhook_id: string; name: string; failure_count: number; failing_since: string };
  'webhook.endpoint_disabled': { webhook_id: string; name: string; reason: string };
}
export type EventType = keyof EventData;
interface EventEntry {
  readonly public: boolean;
  readonly requires: Permission;
  readonly summary: string;
}

export const EVENTS = {
  'tenant.created': { public: false, requires: 'tenants:read', summary: 'A tenant is ready' },
  'tenant.updated': { public: true, requires: 'tenants:read', summary: 'The tenant was changed' },
  'tenant.suspended': { public: false, requires: 'tenants:read', summary: 'The tenant was suspended' },
  'tenant.resumed': { public: false, requires: 'tenants:read', summary: 'The tenant was resumed' },
  'tenant.archived': { public: false, requires: 'tenants:read', summary: 'The tenant was archived' },
  'tenant.restored': { public: false, requires: 'tenants:read', summary: 'The tenant was restored' },
  'settings.changed': { public: false, requires: 'settings:read', summary: 'Modules, features or settings changed' },
  'user.created': { public: true, requires: 'users:read', summary: 'A person got an account' },
  'member.added': { public: false, requires: 'users:read', summary: 'A person joined' },
  'member.updated': { public: false, requires: 'users:read', summary: 'Roles or status of a member changed' },
  'member.removed': { public: false, requires: 'users:read', summary: 'A member was removed' },
  'role.created': { public: false, requires: 'roles:read', summary: 'A role was created' },
  'role.updated': { public: true, requires: 'roles:read', summary: 'A role was changed' },
  'role.deleted': { public: false, requires: 'roles:read', summary: 'A role was deleted' },
  'invitation.created': { public: true, requires: 'users:read', summary: 'Somebody was invited' },
  'invitation.accepted': { public: true, requires: 'users:read', summary: 'An invitation was accepted' },
  'invitation.revoked': { public: false, requires: 'users:read', summary: 'An invitation was revoked' },
  'store.created': { public: true, requires: 'stores:read', summary: 'A store was created' },
  'store.updated': { public: false, requires: 'stores:read', summary: 'A store was changed' },
  'impersonation.started': { public: false, requires: 'audit:read', summary: 'Support staff entered the tenant' },
  'impersonation.ended': { public: false, requires: 'audit:read', summary: 'Support staff left the tenant' },
  'entitlement.updated': { public: false, requires: 'billing:read', summary: 'The plan or its limits changed' },
  'inventory.created': { public: true, requires: 'inventory:read', summary: 'An item was created' },
  'inventory.updated': { public: true, requires: 'inventory:read', summary: 'An item was changed' },
  'inventory.deleted': { public: true, requires: 'inventory:read', summary: 'An item was archived' },
  'webhook.test': { public: true, requires: 'webhooks:read', summary: 'Somebody tests a webhook' },
  'webhook.endpoint_failing': { public: true, requires: 'webhooks:read', summary: 'Another webhook fails again and again' },
  'webhook.endpoint_disabled': { public: true, requires: 'webhooks:read', summary: 'Another webhook was disabled' },
} as const satisfies Record<EventType, EventEntry>;

/** Types that a webhook may ask for and that are emitted. */
export type PublicEventType = { [K in EventType]: (typeof EVENTS)[K]['public'] extends true ? K : never }[EventType];
