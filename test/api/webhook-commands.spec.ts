import { readFileSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../../apps/api/src/boot/commands.js';
import { UsageError } from '../../apps/api/src/boot/usage-error.js';
import { PLATFORM_SCOPE_ID } from '../../apps/api/src/modules/audit/index.js';
import { newId } from '../../libs/platform/crypto/index.js';
import { withClient } from '../support/migrate.js';
import { auditsOf } from '../support/records.js';
import type { TestTenant } from '../support/test-tenant.js';
import { world, type World } from '../support/world.js';

jest.setTimeout(120_000);

const REASON = 'asked for by telephone';
const ME = `cli:${os.userInfo().username}`;
const EVENT = 'inventory.updated';

let w: World;
let acme: TestTenant;
beforeAll(async () => {
  w = await world({ own_database: `webhook_cli_${process.pid}` });
  acme = await w.tenant();
}, 120_000);

/** As `tenantry <words>` on the machine of the service. */
async function tenantry(...words: string[]): Promise<{ code: number; out: string[] }> {
  const out: string[] = [];
  const code = await runCommand(words, w.runtime.config, (line) => out.push(line));
  return { code, out };
}
const json = async (...words: string[]): Promise<unknown> => JSON.parse((await tenantry(...words, '--json')).out[0] ?? '');
const inDatabase = (text: string, values: unknown[] = []) =>
  withClient(w.runtime.config.database_url, (client) => client.query(text, values));

async function endpoint(): Promise<{ webhook_id: string; name: string }> {
  const name = `Hook ${newId().slice(-8)}`;
  const admin = await acme.user();
  const { body } = await admin.post('/webhooks', { name, url: 'https://93.184.215.14/webhook', events: ['inventory.*'] }).expect(201);
  return { webhook_id: body.webhook.webhook_id as string, name };
}

/** Dead letters, with the events that they are of. */
async function deadLetters(webhook_id: string, count: number, http_status = 422): Promise<void> {
  for (let i = 0; i < count; i++) {
    const event_id = newId();
    await inDatabase(
      `insert into events (tenant_id, event_id, event_type, subject_id, ordering_key, body, request_id) values ($1, $2, $3, 'x', 'x', '{}', 'test')`,
      [acme.tenant_id, event_id, EVENT],
    );
    await inDatabase(
      `insert into webhook_deliveries (tenant_id, delivery_id, webhook_id, event_id, event_type, status, http_status, completed_at)
       values ($1, webhook_delivery_id($2, $3), $3, $2, $4, 'dlq', $5, now())`,
      [acme.tenant_id, event_id, webhook_id, EVENT, http_status],
    );
  }
}

it('shows endpoints, one of them with its day, and how it goes over all tenants', async () => {
  const { webhook_id, name } = await endpoint();
  await deadLetters(webhook_id, 2);
  const line = `${acme.tenant_id}  ${webhook_id}  active  0 failed  ${name}`;
  expect((await tenantry('webhooks', 'list', '--tenant', acme.slug, '--state', 'running')).out).toContain(line);
  expect(await json('webhooks', 'list', '--tenant', acme.slug, '--state', 'parked')).toEqual([]);
  const shown = await tenantry('webhooks', 'show', webhook_id);
  expect(shown).toMatchObject({ code: 0, out: [`${acme.tenant_id}  ${webhook_id}  active  ${name}`, expect.any(String), expect.any(String), expect.stringContaining('2 dlq')] }); // prettier-ignore
  const told = await json('webhooks', 'show', webhook_id.toUpperCase());
  expect(told).toMatchObject({ tenant_id: acme.tenant_id, webhook_id, secret_versions: [{ version: 1, state: 'current' }], last_24h: { counts: { dlq: 2 } } }); // prettier-ignore
  expect(JSON.stringify(told)).not.toMatch(/secret_enc|[0-9a-f]{64}/);
  expect(await tenantry('webhooks', 'stats')).toMatchObject({ code: 0, out: expect.arrayContaining([expect.stringMatching(/^fast {2}\d+ due/), expect.stringMatching(/^outbox .* 0 parked$/)]) }); // prettier-ignore
  expect(await json('webhooks', 'stats')).toMatchObject({ outbox: { parked: 0 }, noisiest: [{ tenant_id: acme.tenant_id, failed: 2 }] });
});

it('disables and enables an endpoint, with the reason in both logs', async () => {
  const { webhook_id } = await endpoint();
  const state = (status: string) => ({ code: 0, out: [`${acme.tenant_id}  ${webhook_id}  ${status}`] });
  expect(await tenantry('webhooks', 'disable', webhook_id, '--reason', REASON)).toEqual(state('disabled'));
  expect((await tenantry('webhooks', 'show', webhook_id)).out[0]).toContain('  disabled  staff  ');
  expect(await tenantry('webhooks', 'disable', webhook_id, '--reason', REASON)).toMatchObject({ code: 1, out: [expect.stringMatching(/^webhook_not_active: /)] }); // prettier-ignore
  expect(await tenantry('webhooks', 'test', webhook_id)).toMatchObject({ code: 1, out: [expect.stringMatching(/^webhook_not_active: /)] });
  expect(await tenantry('webhooks', 'enable', webhook_id, '--reason', REASON)).toEqual(state('active'));
  for (const action of ['webhook.disabled', 'webhook.enabled'])
    for (const log of [acme.tenant_id, PLATFORM_SCOPE_ID])
      expect((await auditsOf(w, log, action))[0]).toMatchObject({ actor: { type: 'system', id: ME }, reason: REASON, targets: [{ id: webhook_id }] }); // prettier-ignore
});

it('sends a test, in the name of the account of the operating system', async () => {
  const { webhook_id } = await endpoint();
  expect(await json('webhooks', 'test', webhook_id, '--event', EVENT)).toMatchObject({ webhook_id, event_type: EVENT, trigger: 'test' });
  expect((await auditsOf(w, acme.tenant_id, 'webhook.tested'))[0]).toMatchObject({ actor: { id: ME }, changes: { event_type: [undefined, EVENT] } }); // prettier-ignore
});

it('replays and recovers as jobs of nobody, counts first, and keeps the reason', async () => {
  const { webhook_id } = await endpoint();
  await deadLetters(webhook_id, 2);
  await deadLetters(webhook_id, 1, 404);
  const replay = ['webhooks', 'replay', webhook_id, '--http-status', '404', '--reason', REASON];
  expect(await tenantry(...replay, '--dry-run')).toEqual({ code: 0, out: ['1 deliveries; nothing was changed'] });
  expect((await tenantry(...replay)).out).toEqual([expect.stringMatching(/^[0-9a-f-]{36} {2}replay {2}1 deliveries {2}queued$/)]);
  expect((await auditsOf(w, acme.tenant_id, 'webhook.replayed'))[0]).toMatchObject({ actor: { id: ME }, reason: REASON, changes: { total: [undefined, 1] } }); // prettier-ignore
  expect((await inDatabase('select principal_id, created_by from webhook_jobs where webhook_id = $1', [webhook_id])).rows).toEqual([{ principal_id: null, created_by: null }]); // prettier-ignore

  const recover = ['webhooks', 'recover', webhook_id, '--since', new Date(Date.now() - 3_600_000).toISOString(), '--reason', REASON];
  expect(await json(...recover, '--dry-run')).toEqual({ count: 3 });
  expect(await tenantry(...recover)).toMatchObject({ code: 1, out: [expect.stringMatching(/^job_running: /)] });
  await inDatabase(`update webhook_jobs set state = 'succeeded', finished_at = now() where webhook_id = $1`, [webhook_id]);
  expect(await json(...recover, '--missing')).toMatchObject({ kind: 'recover', total: expect.any(Number), state: 'queued' });
  expect((await auditsOf(w, acme.tenant_id, 'webhook.recovered'))[0]).toMatchObject({ actor: { id: ME }, reason: REASON });
  expect((await tenantry('webhooks', 'recover', webhook_id, '--since', '2020-01-01', '--reason', REASON)).out[0]).toMatch(/^validation_failed: /); // prettier-ignore
});

it('ends with 1 while an event is parked, shows why, and relays it again', async () => {
  const event_id = newId();
  await inDatabase(
    `insert into event_outbox (tenant_id, event_id, attempts, parked_at, last_error) values ($1, $2, 10, now(), 'Error: broken')`,
    [acme.tenant_id, event_id],
  );
  expect(await tenantry('outbox', 'status')).toMatchObject({ code: 1, out: [expect.stringMatching(/ 1 parked$/)] });
  expect((await tenantry('webhooks', 'stats')).code).toBe(1);
  expect((await tenantry('outbox', 'parked')).out).toEqual([
    expect.stringMatching(new RegExp(`^${acme.tenant_id}  ${event_id}  .*  Error: broken$`)),
  ]);
  expect((await tenantry('outbox', 'retry', event_id, '--reason', REASON)).code).toBe(0);
  expect(await json('outbox', 'parked')).toEqual([]);
  expect(await json('outbox', 'status')).toMatchObject({ parked: 0 });
  for (const log of [acme.tenant_id, PLATFORM_SCOPE_ID])
    expect((await auditsOf(w, log, 'ops.event_relayed_again'))[0]).toMatchObject({ actor: { id: ME }, reason: REASON });
  expect(await tenantry('outbox', 'retry', event_id, '--reason', REASON)).toEqual({ code: 1, out: ['not_found: Not found.'] });
});

it('the statements of the runbook run as the platform role, and find a lane that sleeps over work', async () => {
  const runbook = readFileSync(join(__dirname, '../../docs/runbooks/webhooks.md'), 'utf8');
  const statements = [...runbook.matchAll(/```sql\n([^]*?)```/g)].map(([, text]) => text ?? '');
  expect(statements.length).toBeGreaterThan(4);
  await withClient(w.database.platformUrl, async (client) => {
    for (const statement of statements) await client.query(statement);
  });
  const { webhook_id } = await endpoint();
  await deadLetters(webhook_id, 1);
  const [asleep = ''] = statements.filter((statement) => statement.includes("'infinity'"));
  const found = async () => (await inDatabase(asleep)).rows.filter((row: { webhook_id: string }) => row.webhook_id === webhook_id).length;
  expect(await found()).toBe(0);
  await inDatabase(`update webhook_deliveries set status = 'pending', next_retry_at = now() where webhook_id = $1`, [webhook_id]);
  expect(await found()).toBe(1);
});

it('says what is wrong with a command line, and refuses like the routes do', async () => {
  const some = newId();
  for (const words of [
    ['webhooks', 'list', '--state', 'dead'],
    ['webhooks', 'list', 'acme'],
    ['webhooks', 'stats', '--nope'],
    ['webhooks', 'show'],
    ['webhooks', 'show', 'hook'],
    ['webhooks', 'disable', some],
    ['webhooks', 'test', some, '--event', 'no.such'],
    ['webhooks', 'replay', some, '--since', 'yesterday', '--reason', REASON],
    ['webhooks', 'replay', some, '--http-status', '99', '--reason', REASON],
    ['webhooks', 'recover', some, '--reason', REASON],
    ['outbox', 'retry', 'x', '--reason', REASON],
    ['outbox', 'status', 'now'],
  ])
    await expect(tenantry(...words)).rejects.toBeInstanceOf(UsageError);
  expect(await tenantry('webhooks', 'show', some)).toEqual({ code: 1, out: ['not_found: Not found.'] });
  const { webhook_id } = await endpoint();
  for (const verb of ['disable', 'replay'])
    expect((await tenantry('webhooks', verb, webhook_id, '--reason', 'short')).out).toEqual(['reason_required: Give a reason of at least 10 characters.']); // prettier-ignore
  expect((await tenantry('--help')).out.filter((line) => /^tenantry (webhooks|outbox) /.test(line))).toHaveLength(11);
});
