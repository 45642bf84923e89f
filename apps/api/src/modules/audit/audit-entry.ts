import { AUDIT_ACTIONS, type AuditAction, type AuditActionEntry, type Severity } from '#contracts/audit-actions.js';
import type { Actor } from '#platform/db/index.js';
import { canonical, commitment, type Canonical } from './canonical.js';

export interface AuditTarget {
  readonly type: string;
  readonly id: string;
  /** A name for people; personal. */
  readonly label?: string;
}
export interface AuditChange {
  readonly field: string;
  readonly from?: unknown;
  readonly to?: unknown;
}
export interface AuditEntry {
  readonly targets: readonly [AuditTarget, ...AuditTarget[]];
  readonly changes?: readonly AuditChange[];
  readonly reason?: string;
  readonly outcome?: 'success' | 'denied' | 'failed';
  readonly severity?: Severity;
  readonly store_id?: string;
}

/** All that a row is made of; ids, salt and clock are passed in. */
export interface AuditInput {
  readonly audit_event_id: string;
  readonly occurred_at: Date;
  readonly tenant_id: string;
  readonly action: AuditAction;
  readonly actor: Actor;
  readonly request_id: string;
  readonly salt: Buffer;
  readonly entry: AuditEntry;
}

export interface AuditRow {
  readonly severity: Severity;
  readonly outcome: 'success' | 'denied' | 'failed';
  readonly canonical: string;
  readonly targets: readonly { readonly type: string; readonly id: string }[];
  /** Personal values by field, kept beside the event and erasable. */
  readonly personal: Readonly<Record<string, string>>;
}

/** The caller recorded what the catalogue does not know. Loud in development and tests. */
export class InvalidAuditEntry extends Error {}

/** Builds one audit row. Pure. Personal values leave only commitments in the canonical text. */
export function auditRow({ audit_event_id, occurred_at, tenant_id, action, actor, request_id, salt, entry }: AuditInput): AuditRow {
  const known: AuditActionEntry = AUDIT_ACTIONS[action];
  const personal: Record<string, string> = {};
  const commit = (field: string, value: string): string => {
    personal[field] = value;
    return commitment(salt, field, value);
  };
  const severity = entry.severity ?? known.severity;
  const outcome = entry.outcome ?? 'success';
  const event: Record<string, Canonical> = {
    v: 1,
    audit_event_id,
    tenant_id,
    occurred_at: occurred_at.toISOString(),
    action,
    action_version: 1,
    severity,
    outcome,
    actor: present({ type: actor.type, id: actor.id, role: actor.role, label: actor.label && commit('actor.label', actor.label) }),
    targets: entry.targets.map((target, i) =>
      present({ type: target.type, id: target.id, label: target.label && commit(`targets/${i}/label`, target.label) }),
    ),
    request_id,
    ...present({
      auth_method: actor.auth_method,
      session_id: actor.session_id,
      api_key_id: actor.api_key_id,
      reason: entry.reason,
      store_id: entry.store_id,
      ip: actor.ip && commit('ip', actor.ip),
      user_agent: actor.user_agent && commit('user_agent', actor.user_agent),
    }),
    ...(actor.impersonator
      ? {
          impersonator: present({
            id: actor.impersonator.id,
            label: actor.impersonator.label && commit('impersonator.label', actor.impersonator.label),
          }),
        }
      : {}),
  };
  if (entry.changes?.length) event['changes'] = entry.changes.map((change, i) => changeOf(action, known, change, i, commit));
  if (!known.targets.includes(entry.targets[0].type))
    throw new InvalidAuditEntry(`${action} is about ${known.targets.join(', ')}, not ${entry.targets[0].type}`);
  return { severity, outcome, canonical: canonical(event), targets: entry.targets.map(({ type, id }) => ({ type, id })), personal };
}

function changeOf(
  action: AuditAction,
  known: AuditActionEntry,
  change: AuditChange,
  index: number,
  commit: (field: string, value: string) => string,
): Canonical {
  if (!known.fields.includes(change.field)) throw new InvalidAuditEntry(`${action} does not declare the field ${change.field}`);
  const side = (name: 'from' | 'to'): Canonical | undefined => {
    if (change[name] === undefined) return undefined;
    const value = plain(change[name]);
    return known.personal.includes(change.field) && value !== null
      ? commit(`changes/${index}/${name}`, typeof value === 'string' ? value : JSON.stringify(value))
      : value;
  };
  return present({ field: change.field, from: side('from'), to: side('to') });
}

/** JSON as the row holds it; numbers that are not safe integers become text. */
function plain(value: unknown): Canonical {
  return JSON.parse(
    JSON.stringify(value ?? null, (_, inner: unknown) =>
      typeof inner === 'number' && !Number.isSafeInteger(inner) ? String(inner) : inner,
    ),
  ) as Canonical;
}

/** Without the absent: absent is not null. */
function present(fields: Record<string, Canonical | undefined | ''>): Record<string, Canonical> {
  return Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, Canonical] => entry[1] !== undefined && entry[1] !== ''),
  );
}
