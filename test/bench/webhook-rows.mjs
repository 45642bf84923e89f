import { EVENT_CATALOGUE } from '../../dist/libs/contracts/event-catalogue.js';

const TYPE = 'inventory.updated';
const TABLES = [
  'events',
  'event_outbox',
  'webhook_deliveries',
  'webhook_lanes',
  'webhook_endpoints',
  'webhook_secrets',
  'webhook_attempts',
];
const EVENTS = `
  with ids as materialized (select uuidv7() as event_id, ($2::uuid[])[1 + i % cardinality($2::uuid[])] as webhook_id from generate_series(1, $3::int) i),
       event as (
         insert into events (tenant_id, event_id, event_type, subject_id, ordering_key, body, target_webhook_id, request_id)
         select $1, event_id, '${TYPE}', $4, $4, replace($5, '<event_id>', event_id::text), webhook_id, 'bench' from ids
         returning tenant_id, event_id)`;

/** Rows as the product writes them, many in one statement. Each event is for one endpoint, the endpoints in turn. */
export function webhookRows(client, tenant_id, webhook_ids) {
  const data = EVENT_CATALOGUE.get(TYPE).example;
  const subject_id = data.variant_id;
  const timestamp = new Date().toISOString();
  const body = JSON.stringify({ id: '<event_id>', type: TYPE, timestamp, tenant_id, subject_id, sequence: null, data });
  const values = (count) => [tenant_id, webhook_ids, count, subject_id, body];
  return {
    /** Events with their outbox pointers, committed. Nobody is told of them. @returns the id of one of them */
    async emit(count) {
      const { rows } = await client.query(
        `${EVENTS} insert into event_outbox (tenant_id, event_id) select tenant_id, event_id from event returning event_id`,
        values(count),
      );
      return rows[0].event_id;
    },
    /** As a process that has committed tells the relays of the others. */
    notify: () => client.query('notify tenantry_outbox'),
    /** Deliveries that are due, in lanes that are awake. */
    async backlog(count) {
      await client.query(
        `${EVENTS} insert into webhook_deliveries (tenant_id, delivery_id, webhook_id, event_id, event_type, status, next_retry_at)
         select $1, webhook_delivery_id(event_id, webhook_id), webhook_id, event_id, '${TYPE}', 'pending', clock_timestamp() from ids`,
        values(count),
      );
      await client.query('update webhook_lanes set next_at = now() where tenant_id = $1', [tenant_id]);
      await this.settle();
    },
    /** Deliveries that have ended as dead letters. */
    async deadLetters(count) {
      await client.query(
        `${EVENTS} insert into webhook_deliveries (tenant_id, delivery_id, webhook_id, event_id, event_type, status, http_status, attempts, failures, completed_at)
         select $1, webhook_delivery_id(event_id, webhook_id), webhook_id, event_id, '${TYPE}', 'dlq', 500, 4, 4, clock_timestamp() from ids`,
        values(count),
      );
      await this.settle();
    },
    /** What autovacuum does within a minute in a database that lives: plans made for empty tables are no plans to measure. */
    async settle() {
      for (const table of TABLES) await client.query(`vacuum analyze ${table}`);
    },
    /** How many are not in a final state, pointers included. */
    async open() {
      const { rows } = await client.query(
        `select (select count(*) from event_outbox)::int
              + (select count(*) from webhook_deliveries where tenant_id = $1 and webhook_id = any ($2) and status = 'pending')::int
              + (select count(*) from webhook_deliveries where tenant_id = $1 and webhook_id = any ($2) and status = 'delivering')::int as open`,
        [tenant_id, webhook_ids],
      );
      return rows[0].open;
    },
  };
}
