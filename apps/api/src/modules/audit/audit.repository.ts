import { Injectable } from '@nestjs/common';
import { sql, type PlatformScope, PlatformDb, TenantDb, type TenantScope, type Tx } from '#platform/db/index.js';
import type { SortKey } from '#platform/http/index.js';
import type { AuditFilters, AuditRecord } from './audit.types.js';

/** Event and personal values in one statement: the writer pays one round trip and no lock. */
const insertEvent = sql.named('audit.insert')`
  with event as (
    insert into audit_events (tenant_id, audit_event_id, occurred_at, action, severity, outcome, actor_type, actor_id, request_id, store_id, targets, canonical)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12))
  insert into audit_personal (tenant_id, audit_event_id, subject_user_id, salt, fields)
  values ($1, $2, $13, $14, $15)`;

const listEvents = sql.named('audit.list')`
  select e.tenant_id, e.audit_event_id, e.occurred_at, e.action, e.severity, e.outcome, e.actor_type, e.actor_id, e.request_id, e.store_id, e.targets, e.canonical, p.fields as personal
    from audit_events e
    left join audit_personal p on p.tenant_id = e.tenant_id and p.audit_event_id = e.audit_event_id
   where e.tenant_id = $1
     and ($2::uuid is null or e.audit_event_id < $2)
     and ($3::text is null or e.action = $3 or e.action like $4)
     and ($5::text is null or e.actor_id = $5)
     and ($6::text is null or e.outcome = $6)
     and ($7::text is null or e.severity = $7)
     and ($8::text is null or e.request_id = $8)
     and ($9::timestamptz is null or e.occurred_at >= $9)
     and ($10::timestamptz is null or e.occurred_at < $10)
     and ($11::jsonb is null or e.targets @> $11)
   order by e.audit_event_id desc
   limit $12`;

const listAllEvents = sql`
  select e.tenant_id, e.audit_event_id, e.occurred_at, e.action, e.severity, e.outcome, e.actor_type, e.actor_id, e.request_id, e.store_id, e.targets, e.canonical, p.fields as personal
    from audit_events e
    left join audit_personal p on p.tenant_id = e.tenant_id and p.audit_event_id = e.audit_event_id
   where ($1::uuid is null or e.tenant_id = $1)
     and ($2::uuid is null or e.audit_event_id < $2)
     and ($3::text is null or e.action = $3 or e.action like $4)
     and ($5::text is null or e.actor_id = $5)
     and ($6::text is null or e.outcome = $6)
     and ($7::text is null or e.severity = $7)
     and ($8::text is null or e.request_id = $8)
     and ($9::timestamptz is null or e.occurred_at >= $9)
     and ($10::timestamptz is null or e.occurred_at < $10)
     and ($11::jsonb is null or e.targets @> $11)
   order by e.audit_event_id desc
   limit $12`;

const getEvent = sql`
  select e.tenant_id, e.audit_event_id, e.occurred_at, e.action, e.severity, e.outcome, e.actor_type, e.actor_id, e.request_id, e.store_id, e.targets, e.canonical, p.fields as personal
    from audit_events e
    left join audit_personal p on p.tenant_id = e.tenant_id and p.audit_event_id = e.audit_event_id
   where e.tenant_id = $1 and e.audit_event_id = $2`;

/** Where a person was a member or was invited, and the platform's own log ($3). */
const erasePerson = sql`
  select coalesce(sum(audit_erase(t.tenant_id, $1, $2)), 0)::int as n
    from (select z.tenant_id from authz_state z where z.principal_id = $1 and z.principal_kind = 'user'
          union select i.tenant_id from invitations i where i.email_normalized = $4 or i.accepted_user_id = $1
          union select $3::uuid) t`;

const likePattern = (action: string | undefined): [string | null, string | null] => {
  if (action === undefined) return [null, null];
  return action.endsWith('.*') ? [null, `${action.slice(0, -1).replace(/[\\%_]/g, '\\$&')}%`] : [action, null];
};

function filterParams(filters: AuditFilters, after: SortKey | null) {
  const [exact, pattern] = likePattern(filters.action);
  // With a pattern only, `$3` must not be null, or the filter would be left out.
  const target =
    filters.target_type || filters.target_id
      ? [{ ...(filters.target_type ? { type: filters.target_type } : {}), ...(filters.target_id ? { id: filters.target_id } : {}) }]
      : null;
  return [
    (after?.[0] as string | undefined) ?? null,
    exact ?? (pattern ? '' : null),
    pattern,
    filters.actor_id ?? null,
    filters.outcome ?? null,
    filters.severity ?? null,
    filters.request_id ?? null,
    filters.from ?? null,
    filters.to ?? null,
    target ? JSON.stringify(target) : null,
  ] as const;
}

@Injectable()
export class AuditRepository {
  constructor(
    private readonly db: TenantDb,
    private readonly platform: PlatformDb,
  ) {}

  async insert(tx: Tx, row: { readonly params: Parameters<Tx['query']>[1] }): Promise<void> {
    await tx.query(insertEvent, row.params);
  }

  /** @returns rows that are gone */
  async erase(
    tx: Tx,
    person: { readonly user_id: string; readonly email: string; readonly email_normalized: string },
    platform_scope: string,
  ): Promise<number> {
    const [row] = await tx.query<{ n: number }>(erasePerson, [person.user_id, person.email, platform_scope, person.email_normalized]);
    return row?.n ?? 0;
  }

  list(scope: TenantScope, filters: AuditFilters, after: SortKey | null, take: number): Promise<AuditRecord[]> {
    return this.db.query<AuditRecord>(scope, listEvents, [scope.tenant_id, ...filterParams(filters, after), take]);
  }

  listAll(
    scope: PlatformScope,
    filters: AuditFilters & { tenant_id?: string },
    after: SortKey | null,
    take: number,
  ): Promise<AuditRecord[]> {
    return this.platform.query<AuditRecord>(scope, listAllEvents, [filters.tenant_id ?? null, ...filterParams(filters, after), take]);
  }

  async find(scope: TenantScope, audit_event_id: string): Promise<AuditRecord | null> {
    const [row] = await this.db.query<AuditRecord>(scope, getEvent, [scope.tenant_id, audit_event_id]);
    return row ?? null;
  }
}
