import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { ensureFirstOwner } from '../../apps/api/src/modules/ops/index.js';
import { newId } from '../../libs/platform/crypto/index.js';
import { TenantDb } from '../../libs/platform/db/index.js';
import { Outbox } from '../../libs/platform/outbox/index.js';
import { describeInBrowser, picture, typeSignIn, Visitor } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { withClient } from '../support/migrate.js';
import { Receiver, type Received } from '../support/receiver.js';
import { servedWorld, type ServedWorld } from '../support/served-world.js';
import { testScope } from '../support/test-jobs.js';
import type { TestTenant } from '../support/test-tenant.js';

jest.setTimeout(120_000);

const OWNER = { email: 'olena@harbour.example', password: 'Quiet-harbour-light-58!' };
const STAFF = { email: 'first.owner@tenantry.example', password: 'Lantern-over-water-91!' };
const AUDITOR = { email: 'anton@harbour.example', password: 'Ledger-by-candle-34!' };
const NAME = 'Warehouse system';
const HEX_64 = /^[0-9a-f]{64}$/;
const DEAD = 500;
/** Verbs of buttons that write: a reader meets none of them. */
const WRITING = /^(new|create|save|delete|pause|resume|recover|rotate|replay|discard|send test|cancel delivery|stop|end)\b/i;

describeInBrowser('webhooks', () => {
  let w: ServedWorld;
  let harbour: TestTenant;
  let receiver: Receiver;
  let owner: Visitor;
  let office: Page;
  let secret: string;
  let endpoint: string;
  /** What the receiver says; the tests break and mend it. */
  let answer = { status: 200, after_ms: 0 };
  /** Every request of the page with what it carried. */
  const asked: string[] = [];

  beforeAll(async () => {
    receiver = await Receiver.start();
    receiver.url('/in', () => ({ ...answer, body: answer.status === 200 ? 'thanks' : 'no such order' }));
    w = await servedWorld({
      own_database: 'browser_webhooks',
      env: {
        WEBHOOK_ALLOWED_CIDRS: `127.0.0.1/32:${receiver.port}`,
        FIRST_OWNER_EMAIL: STAFF.email,
        FIRST_OWNER_PASSWORD: STAFF.password,
      },
    });
    harbour = await w.tenant({ slug: 'harbour', name: 'Harbour' });
    await harbour.user(OWNER);
    await harbour.user({ ...AUDITOR, role: 'Auditor' });
    owner = await Visitor.at(w.url);
    owner.context.on('request', (request) =>
      asked.push(`${request.url()} ${JSON.stringify(request.headers())} ${request.postData() ?? ''}`),
    );
    office = await signIn(owner, OWNER);
  });
  afterAll(() => receiver?.stop());

  const title = (page: Page, name: string): Promise<void> => page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
  const signIn = async (who: Visitor, person: typeof OWNER): Promise<Page> => {
    const page = await who.open('/login');
    await typeSignIn(page, person);
    await title(page, 'Harbour');
    return page;
  };
  const go = async (page: Page, to: string): Promise<void> => {
    await page.goto(to);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.locator('main [aria-busy=true]').first().waitFor({ state: 'detached' });
  };
  const tab = (name: string): Promise<void> => office.getByRole('navigation', { name: NAME }).getByRole('link', { name }).click();
  const takeSecret = async (): Promise<string> => {
    const dialog = office.getByRole('dialog', { name: `Secret of ${NAME}` });
    const value = await dialog.getByLabel(/secret/i).first().inputValue(); // prettier-ignore
    expect(value).toMatch(HEX_64);
    await office.keyboard.press('Escape');
    expect(await dialog.getByRole('button', { name: 'Done' }).isDisabled()).toBe(true); // still open: only its own button ends it
    return value;
  };
  const storeIt = async (): Promise<void> => {
    const dialog = office.getByRole('dialog', { name: `Secret of ${NAME}` });
    await dialog.getByRole('checkbox').check();
    await dialog.getByRole('button', { name: 'Done' }).click();
    await dialog.waitFor({ state: 'detached' });
  };
  const row = (name: RegExp): Locator => office.getByRole('row', { name }).first();
  /** Goes on with Tab until the focus stands on the button of that name. */
  const reach = async (name: string): Promise<void> => {
    for (let n = 0; n < 40; n++) {
      if ((await office.locator(':focus').allInnerTexts())[0]?.trim() === name) return;
      await office.keyboard.press('Tab');
    }
    throw new Error(`no way to ${name} with Tab`);
  };
  const newest = (): Received => receiver.at('/in').at(-1) as Received;

  it('J9 a private address is refused beside its field, and what was typed stays', async () => {
    await office.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Webhooks' }).click();
    await title(office, 'Webhooks');
    await picture(owner, office, '01 no webhook yet');
    await office.getByRole('link', { name: 'New webhook' }).first().click();
    const form = office.getByRole('form', { name: 'New webhook' });
    await form.getByLabel('Name', { exact: true }).fill(NAME);
    await form.getByLabel('URL').fill('https://10.0.0.8/in');
    await form.getByLabel('All of inventory, also events that come later').check();
    await form.getByText(/inventory\.\*: matches \d+ types today/).waitFor();
    await form.getByLabel('Headers').fill('x-team: seven');
    owner.expectRefusal(400, /\/webhooks$/);
    await form.getByRole('button', { name: 'Create webhook' }).click();
    await form.getByText('Webhooks cannot be sent to this address.').waitFor();
    expect(await form.getByLabel('URL').getAttribute('aria-invalid')).toBe('true');
    expect(await form.getByLabel('Headers').inputValue()).toBe('x-team: seven');
    await form.getByText('given up 31 s after the first send').waitFor();
    await picture(owner, office, '02 private address');
  });

  it('J9 the secret is shown once and is gone after a reload', async () => {
    const form = office.getByRole('form', { name: 'New webhook' });
    await form.getByLabel('URL').fill(`http://127.0.0.1:${receiver.port}/in`);
    await form.getByRole('button', { name: 'Create webhook' }).click();
    secret = await takeSecret();
    await picture(owner, office, '03 secret once');
    await storeIt();
    await title(office, NAME);
    endpoint = /\/webhooks\/([0-9a-f-]{36})\//.exec(office.url())?.[1] ?? '';
    const kept = () => office.evaluate<string>('JSON.stringify([{ ...localStorage }, { ...sessionStorage }, location.href])');
    expect((await office.content()) + (await kept())).not.toContain(secret);
    await office.reload();
    await title(office, NAME);
    await office.getByRole('button', { name: 'Send test' }).waitFor();
    expect((await office.content()) + (await kept())).not.toContain(secret);
  });

  it('J9 a test is delivered before the eyes, and stands in the log with its times', async () => {
    await office.getByRole('button', { name: 'Send test' }).click();
    await office.getByText(/Delivered: HTTP 200 in/).waitFor();
    expect(newest().headers).toMatchObject({ 'x-webhook-event': 'webhook.test', 'x-team': 'seven' });
    await picture(owner, office, '04 test delivered');
    await office.getByRole('link', { name: 'Open delivery' }).click();
    const drawer = office.getByRole('dialog', { name: 'webhook.test' });
    await drawer.getByText('Send 1').waitFor();
    await drawer.getByText('thanks').waitFor();
    await drawer.getByText('Total').waitFor();
    expect(await drawer.getByLabel('Body as sent').innerText()).toBe(newest().body);
    await picture(owner, office, '05 delivery');
    await drawer.getByRole('button', { name: 'Close' }).click();
    await row(/webhook\.test.*Delivered.*200/).waitFor();
    await picture(owner, office, '06 log');
  });

  it('J9 a verifier that the page shows accepts the delivery, and nothing else', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'verifier-'));
    try {
      await tab('Verify');
      await office.getByRole('tab', { name: 'Node, X-Webhook-Signature' }).click();
      await picture(owner, office, '07 verify');
      const code = await office.getByRole('tabpanel').locator('pre').innerText();
      writeFileSync(path.join(folder, 'verify.mjs'), code);
      writeFileSync(
        path.join(folder, 'run.mjs'),
        `import { verify } from './verify.mjs';\nconst { body, headers } = JSON.parse(process.argv[2]);\nprocess.stdout.write(String(verify(body, headers)));\n`,
      );
      const verdict = (body: string): string =>
        execFileSync(process.execPath, [path.join(folder, 'run.mjs'), JSON.stringify({ body, headers: newest().headers })], {
          encoding: 'utf8',
          env: { PATH: process.env['PATH'], WEBHOOK_SECRET: secret },
        });
      expect(verdict(newest().body)).toBe('true');
      expect(verdict(`${newest().body} `)).toBe('false');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('the debugger names what is wrong, and sends nothing of what was pasted', async () => {
    const form = office.getByRole('form', { name: 'Why does a signature fail?' });
    const { headers, body } = newest();
    const pasted = ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => `${name}: ${String(headers[name])}`).join('\n');
    const says = async (words: RegExp): Promise<void> => {
      await form.getByRole('button', { name: 'Check signature' }).click();
      await form.getByRole('status').getByText(words).waitFor();
    };
    await form.getByLabel('Headers, one a line').fill(pasted);
    await form.getByRole('button', { name: 'Body of the last delivery' }).click();
    await form.getByLabel('Secret').fill(secret);
    await eventually(async () => expect(await form.getByLabel('Body, byte for byte').inputValue()).toBe(body));
    asked.length = 0;
    await says(/time fit/);
    await form.getByLabel('Body, byte for byte').fill(JSON.stringify(JSON.parse(body), null, 2));
    await says(/parsed and written anew/);
    await form.getByText('Signed, from character 2 on different').waitFor();
    await picture(owner, office, '08 debugger');
    await form.getByLabel('Body, byte for byte').fill(body);
    await form.getByLabel('Secret').fill('ab'.repeat(32));
    await says(/Another secret/);
    await form.getByLabel('Secret').fill(secret);
    await form.getByLabel('Headers, one a line').fill(pasted.replace(/webhook-timestamp: \d+/, 'webhook-timestamp: soon'));
    await says(/whole number of seconds/);
    // As it was signed, an hour ago.
    const then = Math.floor(Date.now() / 1000) - 3600;
    const id = String(headers['webhook-id']);
    const signed = createHmac('sha256', Buffer.from(secret, 'base64')).update(`${id}.${then}.${body}`).digest('base64');
    await form.getByLabel('Headers, one a line').fill(`webhook-id: ${id}\nwebhook-timestamp: ${then}\nwebhook-signature: v1,${signed}`);
    await says(/Secret and body fit, the time does not/);
    expect(asked.filter((request) => request.includes(secret) || request.includes('webhook-signature'))).toEqual([]);
  });

  it('J9 a replay keeps the id', async () => {
    const first = newest();
    await tab('Deliveries');
    await row(/webhook\.test/)
      .getByRole('button', { name: 'webhook.test' })
      .click();
    await office.getByRole('dialog', { name: 'webhook.test' }).getByRole('button', { name: 'Replay' }).click();
    await office.getByRole('dialog', { name: 'Replay this delivery?' }).getByRole('button', { name: 'Replay' }).click();
    const drawer = office.getByRole('dialog', { name: 'webhook.test' });
    await drawer.getByText('Send 2').waitFor();
    expect(receiver.at('/in')).toHaveLength(2);
    expect(newest().headers['webhook-id']).toBe(first.headers['webhook-id']);
    await drawer.getByRole('button', { name: 'Close' }).click();
  });

  it('J9 a rotation with overlap shows the new secret once, and both sign until it ends', async () => {
    await tab('Settings');
    await office.getByRole('button', { name: 'Rotate secret' }).click();
    const dialog = office.getByRole('dialog', { name: `New secret for ${NAME}` });
    await picture(owner, office, '09 rotate');
    await dialog.getByRole('button', { name: 'Rotate secret' }).click();
    const fresh = await takeSecret();
    expect(fresh).not.toBe(secret);
    await storeIt();
    await office.getByText('signs, takes over').waitFor();
    await office.getByText(/until /).waitFor();
    await picture(owner, office, '10 settings');
    await tab('Verify');
    await office.getByRole('button', { name: 'Send test' }).click();
    await office.getByText(/Delivered: HTTP 200 in/).waitFor();
    expect(String(newest().headers['webhook-signature']).split(' ')).toHaveLength(4);
    const form = office.getByRole('form', { name: 'Why does a signature fail?' });
    const { headers, body } = newest();
    for (const one of [secret, fresh]) {
      await form.getByLabel('Headers, one a line').fill(['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => `${name}: ${String(headers[name])}`).join('\n')); // prettier-ignore
      await form.getByLabel('Body, byte for byte').fill(body);
      await form.getByLabel('Secret').fill(one);
      await form.getByRole('button', { name: 'Check signature' }).click();
      await form.getByText(/time fit/).waitFor();
    }
    await tab('Settings');
    await office.getByRole('button', { name: 'End the overlap now' }).click();
    await office.getByRole('dialog').getByRole('button', { name: 'End the overlap now' }).click();
    await office.getByRole('button', { name: 'Rotate secret' }).waitFor();
  });

  it('a pause is undone from its notice, and what was changed is saved', async () => {
    await go(office, '/t/harbour/webhooks');
    await office.getByRole('button', { name: `Pause ${NAME}` }).click();
    await row(/Warehouse system.*Paused/).waitFor();
    await office.getByRole('button', { name: 'Undo' }).click();
    await row(/Warehouse system.*Active/).waitFor();
    await picture(owner, office, '11 list');
    await go(office, `/t/harbour/webhooks/${endpoint}/settings`);
    await office.getByText('Kept: x-team').waitFor();
    await office.getByLabel('Repeats after a failure').selectOption('0');
    await office.getByRole('button', { name: 'Save' }).click();
    await office.getByText(`${NAME} is saved`).waitFor();
  });

  it('J20 five hundred dead letters are counted, replayed, and followed over a reload to the end', async () => {
    const happen = (times: number): Promise<void> =>
      w.app.get(TenantDb, { strict: false }).run(testScope(harbour.tenant_id), async (tx) => {
        const data = { variant_id: newId(), product_id: newId(), sku: 'X', name: 'X' };
        for (let n = 0; n < times; n++)
          await w.app.get(Outbox, { strict: false }).emit(tx, { type: 'inventory.created', subject_id: newId(), data });
      });
    // One that comes through first: a receiver that was just resumed gets one message at a time until then.
    const before = receiver.at('/in').length;
    await happen(1);
    await eventually(() => Promise.resolve(expect(receiver.at('/in')).toHaveLength(before + 1)));
    answer = { status: 404, after_ms: 0 };
    await happen(DEAD);
    await go(office, `/t/harbour/webhooks/${endpoint}/deliveries?status=dlq`);
    await row(/inventory\.created.*Given up.*404/).waitFor();
    await eventually(() => Promise.resolve(expect(receiver.at('/in').length).toBe(before + 1 + DEAD)), 60_000);
    await picture(owner, office, '12 dead letters');
    // Two that were picked go alone; the rest stays what it was.
    answer = { status: 200, after_ms: 0 };
    const picks = office.getByRole('checkbox', { name: /^Choose inventory\.created of / });
    await picks.nth(0).check();
    await picks.nth(1).check();
    await picture(owner, office, '12b two picked');
    await office.getByRole('button', { name: 'Replay 2 chosen' }).click();
    await office.getByRole('dialog').getByRole('button', { name: 'Replay 2 deliveries' }).click();
    await office.getByRole('dialog').waitFor({ state: 'detached' });
    await eventually(() => Promise.resolve(expect(receiver.at('/in').length).toBe(before + 1 + DEAD + 2)), 30_000);
    answer = { status: 404, after_ms: 0 };
    await happen(2);
    await eventually(() => Promise.resolve(expect(receiver.at('/in').length).toBe(before + 1 + DEAD + 4)), 30_000);
    await go(office, '/t/harbour/webhooks');
    await row(/Warehouse system.*of \d+ deliveries.*500 given up/).waitFor();
    await picture(owner, office, '12c list with figures');
    await go(office, `/t/harbour/webhooks/${endpoint}/deliveries?status=dlq`);
    answer = { status: 200, after_ms: 400 };
    await office.getByRole('button', { name: 'Replay all' }).click();
    const dialog = office.getByRole('dialog', { name: `Replay dead letters of ${NAME}` });
    await dialog.getByText('500 deliveries match the filters').waitFor();
    await picture(owner, office, '13 count first');
    await dialog.getByRole('button', { name: 'Replay 500 deliveries' }).click();
    await dialog.waitFor({ state: 'detached' });
    await tab('Overview');
    await office.getByRole('progressbar', { name: 'Replay dead letters' }).waitFor();
    await go(office, '/t/harbour/webhooks');
    await go(office, `/t/harbour/webhooks/${endpoint}/overview`);
    await office.reload();
    await office.getByRole('progressbar', { name: 'Replay dead letters' }).waitFor();
    await picture(owner, office, '14 progress');
    await office.getByText('Replay dead letters: 500 done').waitFor({ timeout: 60_000 });
    await office.getByText('500 of 500').waitFor();
    await picture(owner, office, '15 overview');
  });

  it('recovery counts before it sends', async () => {
    await office.getByRole('button', { name: 'Recover' }).click();
    const dialog = office.getByRole('dialog', { name: `Recover deliveries of ${NAME}` });
    await dialog.getByLabel('Delivered').check();
    await dialog.getByRole('button', { name: 'Count first' }).click();
    await dialog.getByText(/^\d+ deliveries would be sent/).waitFor();
    await picture(owner, office, '16 recover');
    await dialog.getByLabel('Delivered').uncheck();
    await dialog.getByRole('button', { name: 'Count first' }).click();
    await dialog.getByText('0 deliveries would be sent').waitFor();
    await dialog.getByRole('button', { name: 'Cancel' }).click();
  });

  it('J7 a reader sees all of it and no button that writes', async () => {
    const auditor = await Visitor.at(w.url);
    const page = await signIn(auditor, AUDITOR);
    for (const part of [
      '',
      '/deliveries',
      '/events',
      `/${endpoint}/overview`,
      `/${endpoint}/deliveries?status=dlq`,
      `/${endpoint}/verify`,
      `/${endpoint}/settings`,
    ]) {
      await go(page, `/t/harbour/webhooks${part}`);
      expect(await page.getByRole('main').getByRole('button', { name: WRITING }).allInnerTexts()).toEqual([]);
      expect(await page.getByRole('main').getByRole('link', { name: WRITING }).allInnerTexts()).toEqual([]);
    }
    await auditor.leave();
    await go(office, '/t/harbour/webhooks/events');
    await picture(owner, office, '17 event catalogue');
  });

  it('a replay is asked for and confirmed with the keyboard alone, and the focus comes back', async () => {
    await go(office, `/t/harbour/webhooks/${endpoint}/deliveries`);
    const before = receiver.at('/in').length;
    await office.getByRole('table').getByRole('button').first().focus();
    await office.keyboard.press('Enter');
    const drawer = office.getByRole('dialog');
    await drawer.getByRole('button', { name: 'Replay' }).waitFor();
    await reach('Replay');
    await office.keyboard.press('Enter');
    await office.getByRole('dialog', { name: 'Replay this delivery?' }).waitFor();
    await reach('Replay');
    await office.keyboard.press('Enter');
    await office.getByRole('dialog', { name: 'Replay this delivery?' }).waitFor({ state: 'detached' });
    await eventually(() => Promise.resolve(expect(receiver.at('/in').length).toBe(before + 1)));
    await office.keyboard.press('Escape');
    await drawer.waitFor({ state: 'detached' });
    await office.locator('button[data-row]:focus').waitFor();
  });

  it('a type that came after the webhook was saved is offered to who may read it', async () => {
    await withClient(w.database.superUrl, (client) =>
      client.query(`update webhook_endpoints set granted_requires = '{}' where webhook_id = $1`, [endpoint]),
    );
    await go(office, `/t/harbour/webhooks/${endpoint}/overview`);
    await office.getByText(/The events of this webhook take in inventory\.created/).waitFor();
    await picture(owner, office, '17b withheld');
    await office.getByRole('button', { name: 'Save again to send these too' }).click();
    await office.getByText(`${NAME} is saved`).waitFor();
    await office.getByText(/The events of this webhook take in/).waitFor({ state: 'detached' });
  });

  it('staff see how deliveries of all tenants flow, and disable a webhook with a reason that its tenant reads', async () => {
    await ensureFirstOwner(w.app);
    const staff = await Visitor.at(w.url);
    const console_ = await staff.open('/platform/login');
    await typeSignIn(console_, STAFF);
    await title(console_, 'Overview');
    await console_.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Webhooks' }).click();
    await title(console_, 'Webhooks');
    await console_.getByText('Every event was relayed.').waitFor();
    await console_
      .getByRole('table', { name: 'Most deliveries in the last hour' })
      .getByRole('row', { name: /Harbour \d+ \d+/ })
      .waitFor();
    const lane = console_.getByRole('row', { name: new RegExp(`${NAME}.*Harbour`) });
    await lane.waitFor();
    await picture(staff, console_, '18 staff');
    await lane.getByRole('button', { name: `Disable ${NAME}` }).click();
    const asked_ = console_.getByRole('dialog', { name: `Disable ${NAME}?` });
    await asked_.getByLabel('Reason').fill('It floods a third party');
    await picture(staff, console_, '19 staff disables');
    await asked_.getByRole('button', { name: 'Disable' }).click();
    await lane.getByText('parked: disabled').waitFor();
    await go(office, `/t/harbour/webhooks/${endpoint}/overview`);
    await office.getByText("Turned off by the platform's staff.").waitFor();
    await lane.getByRole('button', { name: `Enable ${NAME}` }).click();
    await console_.getByRole('dialog').getByLabel('Reason').fill('The third party is ready');
    await console_.getByRole('dialog').getByRole('button', { name: 'Enable' }).click();
    await lane.getByRole('button', { name: `Disable ${NAME}` }).waitFor();
    await staff.leave();
  });

  it('a webhook is deleted by typing its name', async () => {
    await go(office, `/t/harbour/webhooks/${endpoint}/settings`);
    await office.getByRole('button', { name: 'Delete webhook' }).click();
    const dialog = office.getByRole('dialog', { name: `Delete ${NAME}?` });
    await dialog.getByLabel('Name', { exact: true }).fill(NAME);
    await dialog.getByRole('button', { name: 'Delete webhook' }).click();
    await title(office, 'Webhooks');
    await office.getByText('Tell another system what happens here').waitFor();
  });
});
