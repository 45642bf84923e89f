import { setTimeout as wait } from 'node:timers/promises';
import { runCommand } from '../../apps/api/src/boot/commands.js';
import { PLATFORM_SCOPE_ID } from '../../apps/api/src/modules/audit/index.js';
import { newId } from '../../libs/platform/crypto/index.js';
import { Relay } from '../../libs/platform/outbox/index.js';
import { cloneDatabase } from '../support/database.js';
import { eventually } from '../support/eventually.js';
import { auditsOf } from '../support/records.js';
import { Receiver } from '../support/receiver.js';
import type { TestTenant } from '../support/test-tenant.js';
import { expectSoundWebhooks } from '../support/webhook-invariants.js';
import type { LoopbackWorker } from './fixtures/loopback-workers.js';
import { WebhookGround, type Hook } from './fixtures/webhook-ground.js';

/** A copy of a database that was at work: what it has to send, the original has sent, so it sends nothing until somebody says so. */
jest.setTimeout(90_000);

const CLOSED = 'this database was restored: nothing goes out';
let receiver: Receiver;
let restored: WebhookGround;
let acme: TestTenant;
let endpoint: Hook;
let worker: LoopbackWorker;

beforeAll(async () => {
  receiver = await Receiver.start();
  const database = await cloneDatabase(`webhooks_original_${process.pid}`);
  const original = await WebhookGround.open(database, receiver);
  const owned = await original.tenant();
  acme = owned.tenant;
  [endpoint] = (await original.hooks(owned.owner, 1, {})) as [Hook];
  const atWork = await original.workers.start();
  await original.emit(acme, 1);
  await eventually(async () => expect(await original.statuses(acme)).toEqual({ success: 1 }), 10_000);
  await atWork.end('SIGTERM');
  // The moment of the dump: deliveries that are due, one that is under way, events that nobody was told of, and a mail.
  await original.emit(acme, 5);
  while ((await original.world.app.get(Relay).relayBatch()) > 0);
  await original.superuser.query(
    `update webhook_deliveries set status = 'delivering', attempts = 1, leased_until = now() where delivery_id = (select delivery_id from webhook_deliveries where status = 'pending' limit 1)`,
  );
  await original.emit(acme, 2);
  await original.superuser.query(
    `insert into mail_messages (mail_message_id, to_email, template, subject, body_sealed) values ($1, 'a@b.example', 'restored.test', 'Old news', 'x')`,
    [newId()],
  );
  await original.close();
  restored = await WebhookGround.open(await cloneDatabase(`webhooks_restored_${process.pid}`, database.name), receiver);
});
afterAll(async () => {
  await restored?.close();
  await receiver?.stop();
});

const hits = (): number => receiver.at(endpoint.path).length;
async function tenantry(...words: string[]): Promise<{ code: number; out: string }> {
  const out: string[] = [];
  const code = await runCommand(words, restored.world.runtime.config, (line) => out.push(line));
  return { code, out: out.join('\n') };
}
const health = async () => (await restored.world.request().get('/health').set('host', 'localhost').expect(200)).body.status as string;
const mails = () => restored.rows<{ state: string; error_code: string | null }>(`select state, error_code from mail_messages where template = 'restored.test'`); // prettier-ignore

it('[004-38] sends nothing of a restored database until it is activated, and then what is new', async () => {
  const before = await restored.statuses(acme);
  expect(before).toEqual({ success: 1, pending: 4, delivering: 1 });
  worker = await restored.workers.start({ look_ms: 300 });
  await eventually(() => expect(worker.saying(CLOSED).length).toBeGreaterThan(3), 10_000);
  await wait(1_500); // relay, sweeper and dispatcher would all have had their turn
  expect(hits()).toBe(1);
  expect(await restored.statuses(acme)).toEqual(before);
  expect(await health()).toBe('degraded');

  expect((await tenantry('restore', 'status')).out).toMatch(/^restored, .+ waiting: 5 deliveries, 2 events without deliveries, 1 mails$/);
  expect(await tenantry('restore', 'activate', '--reason', 'short')).toMatchObject({ code: 1, out: expect.stringContaining('reason_required') }); // prettier-ignore
  await expect(tenantry('restore', 'activate', '--reason', 'the original is gone', '--hold-before', 'soon')).rejects.toThrow(
    '--hold-before',
  );
  expect(hits()).toBe(1);

  const activated = await tenantry('restore', 'activate', '--reason', 'the original is gone');
  expect(activated).toMatchObject({ code: 0, out: expect.stringContaining(': 7 deliveries, 1 mails') });
  expect((await auditsOf(restored.world, PLATFORM_SCOPE_ID, 'installation.activated'))[0]).toMatchObject({
    reason: 'the original is gone',
    changes: { held_deliveries: [undefined, 7], held_mails: [undefined, 1] },
  });
  await restored.emit(acme, 3);
  await eventually(async () => expect(await restored.statuses(acme)).toEqual({ success: 4, held: 7 }), 10_000);
  expect(hits()).toBe(4);
  expect(await mails()).toEqual([{ state: 'held', error_code: 'restored' }]);
  await eventually(async () => expect(await health()).toBe('ok'), 15_000); // kept for two seconds
  expect((await tenantry('restore', 'status')).out).toMatch(/^activated/);
  await expect(tenantry('restore', 'activate', '--reason', 'the original is gone')).rejects.toThrow('nothing to do');
  expect((await tenantry('restore', 'release-mails', '--reason', 'they were never sent')).out).toBe('1 mails are sent');
  expect((await mails())[0]?.state).not.toBe('held');
  await expectSoundWebhooks(restored.superuser);
});

it('[004-38] stops a worker whose database turns out to be another one, and lets it begin again', async () => {
  const already = worker.saying(CLOSED).length;
  await restored.superuser.query('update installation_state set timeline = timeline + 1'); // as if a standby had taken over
  await eventually(() => expect(worker.saying(CLOSED).length).toBeGreaterThan(already), 10_000);
  await wait(500);
  const sent = hits();
  await restored.emit(acme, 2);
  await wait(1_500);
  expect(hits()).toBe(sent);
  const everything = new Date(0).toISOString();
  expect((await tenantry('restore', 'activate', '--reason', 'the standby took over', '--hold-before', everything)).code).toBe(0);
  await eventually(() => expect(hits()).toBe(sent + 2), 10_000);
  await eventually(async () => expect(await restored.statuses(acme)).toEqual({ success: 6, held: 7 }), 10_000);
  expect(worker.isRunning).toBe(true);
  await expectSoundWebhooks(restored.superuser);
});
