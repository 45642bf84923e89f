import type { Client } from 'pg';

/** A lane that sleeps, and that nobody has parked, has no work. */
export async function expectNoSleepingWork(client: Client): Promise<void> {
  const { rows } = await client.query(`
    select l.webhook_id from webhook_lanes l
     where l.next_at = 'infinity' and l.parked_by = '{}' and exists (
       select from webhook_deliveries d where d.tenant_id = l.tenant_id and d.webhook_id = l.webhook_id and d.status in ('pending', 'delivering'))`);
  expect(rows).toEqual([]);
}

/**
 * Every event that came after an endpoint that asked for it, and is still there and active, is one delivery of that endpoint, and that has
 * ended or is held; nothing waits in the outbox.
 */
export async function expectAllFinal(client: Client, tenant_id: string): Promise<void> {
  const { rows } = await client.query(
    `select (select count(*)::int from event_outbox where tenant_id = $1) as not_relayed,
            (select count(*)::int from webhook_deliveries where tenant_id = $1 and status in ('pending', 'delivering')) as open,
            (select count(*)::int from (
               select from webhook_deliveries where tenant_id = $1 group by webhook_id, event_id having count(*) > 1) x) as doubled,
            (select count(*)::int from events e join webhook_endpoints w on w.tenant_id = e.tenant_id and w.deleted_at is null and w.status = 'active'
               and e.created_at > w.created_at and e.target_webhook_id is null
               and w.events && array[e.event_type, split_part(e.event_type, '.', 1) || '.*', '*']
              where e.tenant_id = $1 and not exists (
                select from webhook_deliveries d where d.tenant_id = e.tenant_id and d.webhook_id = w.webhook_id and d.event_id = e.event_id)) as missing`,
    [tenant_id],
  );
  expect(rows).toEqual([{ not_relayed: 0, open: 0, doubled: 0, missing: 0 }]);
}

/** Since the server began to count. */
export async function expectNoDeadlocks(client: Client): Promise<void> {
  const { rows } = await client.query('select deadlocks::int from pg_stat_database where datname = current_database()');
  expect(rows).toEqual([{ deadlocks: 0 }]);
}
