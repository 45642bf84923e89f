import { PlatformDb, sql } from '../../libs/platform/db/index.js';
import { platformScope } from '../../libs/platform/queue/index.js';
import type { World } from './world.js';

const AUDITS = sql`select action, outcome, canonical from audit_events where tenant_id = $1 order by audit_event_id desc limit 200`;
const EVENTS = sql`select event_type, subject_id, body from events where tenant_id = $1 order by event_id desc limit 200`;

export interface AuditRecord {
  readonly action: string;
  readonly outcome: string;
  readonly reason: string | null;
  readonly actor: { readonly type: string; readonly id: string };
  readonly targets: readonly { readonly type: string; readonly id: string }[];
  /** field → [from, to]; personal values stand there as commitments. */
  readonly changes: Readonly<Record<string, readonly [unknown, unknown]>>;
}

/** Audit rows of a tenant, newest first. */
export async function auditsOf(world: World, tenant_id: string, action?: string): Promise<AuditRecord[]> {
  const rows = await world.app
    .get(PlatformDb, { strict: false })
    .query<{ action: string; outcome: string; canonical: string }>(platformScope('test'), AUDITS, [tenant_id]);
  return rows
    .filter((row) => action === undefined || row.action === action)
    .map(({ action: name, outcome, canonical }) => {
      const event = JSON.parse(canonical) as {
        actor: AuditRecord['actor'];
        targets: AuditRecord['targets'];
        changes?: { field: string; from?: unknown; to?: unknown }[];
        reason?: string;
      };
      return {
        action: name,
        outcome,
        reason: event.reason ?? null,
        actor: event.actor,
        targets: event.targets,
        changes: Object.fromEntries((event.changes ?? []).map(({ field, from, to }) => [field, [from, to] as const])),
      };
    });
}

/** Events of a tenant, newest first. */
export async function eventsOf(
  world: World,
  tenant_id: string,
  type?: string,
): Promise<{ type: string; subject_id: string; data: Record<string, unknown> }[]> {
  const rows = await world.app
    .get(PlatformDb, { strict: false })
    .query<{ event_type: string; subject_id: string; body: string }>(platformScope('test'), EVENTS, [tenant_id]);
  return rows
    .filter((row) => type === undefined || row.event_type === type)
    .map(({ event_type, subject_id, body }) => ({
      type: event_type,
      subject_id,
      data: (JSON.parse(body) as { data: Record<string, unknown> }).data,
    }));
}
