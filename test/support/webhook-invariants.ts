import type pg from 'pg';

/** `type` or `resource.*` or `*`, as the fan-out matches. */
const MATCHES = `w.events && array[e.event_type, split_part(e.event_type, '.', 1) || '.*', '*']`;

const UNSOUND = `
  select
    -- A lane that sleeps has no work.
    (select count(*) from webhook_lanes l where l.next_at = 'infinity' and l.parked_by = '{}' and exists (
       select from webhook_deliveries d where d.tenant_id = l.tenant_id and d.webhook_id = l.webhook_id and d.status in ('pending', 'delivering')))::int as asleep_over_work,
    -- Every event was taken from the outbox, unless staff have to look at it.
    (select count(*) from event_outbox where parked_at is null)::int as not_relayed,
    -- Every event of an endpoint that was there before it has its delivery, and no endpoint has two of one event.
    (select count(*) from events e join webhook_endpoints w on w.tenant_id = e.tenant_id and ${MATCHES}
      where w.deleted_at is null and w.status in ('active', 'paused') and e.target_webhook_id is null and e.created_at > w.created_at
        and not exists (select from event_outbox o where o.tenant_id = e.tenant_id and o.event_id = e.event_id)
        and not exists (select from webhook_deliveries d where d.tenant_id = e.tenant_id and d.webhook_id = w.webhook_id and d.event_id = e.event_id))::int as missing,
    (select count(*) from (select from webhook_deliveries group by tenant_id, webhook_id, event_id having count(*) > 1) x)::int as doubled,
    -- It is delivered, or it has ended otherwise; what is parked waits as it should.
    (select count(*) from webhook_deliveries d join webhook_lanes l on l.tenant_id = d.tenant_id and l.webhook_id = d.webhook_id
      where l.parked_by = '{}' and d.status in ('pending', 'delivering'))::int as not_ended,
    (select deadlocks from pg_stat_database where datname = current_database())::int as deadlocks`;

/**
 * What holds of webhooks whatever has happened, asked when nothing is under way any more. In a database of the spec's own: it looks at
 * all tenants, and at deadlocks since the database was made (or its server has crashed).
 */
export async function expectSoundWebhooks(superuser: Pick<pg.Pool, 'query'>): Promise<void> {
  const { rows } = await superuser.query<Record<string, number>>(UNSOUND);
  expect(rows).toEqual([{ asleep_over_work: 0, not_relayed: 0, missing: 0, doubled: 0, not_ended: 0, deadlocks: 0 }]);
}
