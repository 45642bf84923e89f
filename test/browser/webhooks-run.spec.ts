import type { Locator, Page } from 'playwright-core';
import { ensureFirstOwner } from '../../apps/api/src/modules/ops/index.js';
import { newId } from '../../libs/platform/crypto/index.js';
import { TenantDb } from '../../libs/platform/db/index.js';
import { Outbox } from '../../libs/platform/outbox/index.js';
import { barriers } from '../support/accessibility.js';
import { describeInBrowser, picture, typeSignIn, Visitor } from '../support/browser.js';
import { eventually } from '../support/eventually.js';
import { Receiver } from '../support/receiver.js';
import { servedWorld, type ServedWorld } from '../support/served-world.js';
import { testScope } from '../support/test-jobs.js';
import type { TestTenant } from '../support/test-tenant.js';

jest.setTimeout(120_000);

const OWNER = { email: 'olena@quay.example', password: 'Quiet-harbour-light-58!' };
const READER = { email: 'rita@quay.example', password: 'Ledger-by-candle-34!' };
const STAFF = { email: 'first.owner@tenantry.example', password: 'Lantern-over-water-91!' };
const NAME = 'Forwarder';
const BY_KEYS = 'Made with keys';
const HEX_64 = /^[0-9a-f]{64}$/;
const QUIET_MS = 5_000;

describeInBrowser('webhooks in one run, with keys alone, and for everybody', () => {
  let w: ServedWorld;
  let quay: TestTenant;
  let receiver: Receiver;
  let owner: Visitor;
  let office: Page;
  let endpoint: string;
  let status = 200;

  beforeAll(async () => {
    receiver = await Receiver.start();
    receiver.url('/in', () => ({ status }));
    w = await servedWorld({
      own_database: 'browser_webhooks_run',
      env: {
        WEBHOOK_ALLOWED_CIDRS: `127.0.0.1/32:${receiver.port}`,
        FIRST_OWNER_EMAIL: STAFF.email,
        FIRST_OWNER_PASSWORD: STAFF.password,
      },
    });
    quay = await w.tenant({ slug: 'quay', name: 'Quay' });
    const boss = await quay.user(OWNER);
    await boss.post('/roles', { name: 'Wire reader', description: 'Sees that it flows', permissions: ['webhooks:read'] }).expect(201);
    await quay.user({ ...READER, role: 'Wire reader' });
    owner = await Visitor.at(w.url);
    office = await owner.open('/login');
    await typeSignIn(office, OWNER);
    await title(office, 'Quay');
  });
  afterAll(() => receiver?.stop());

  const title = (page: Page, name: string): Promise<void> => page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
  const go = async (page: Page, to: string): Promise<void> => {
    await page.goto(to);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.locator('main [aria-busy=true]').first().waitFor({ state: 'detached' });
  };
  const happen = (times: number): Promise<void> =>
    w.app.get(TenantDb, { strict: false }).run(testScope(quay.tenant_id), async (tx) => {
      const data = { variant_id: newId(), product_id: newId(), sku: 'X', name: 'X' };
      for (let n = 0; n < times; n++)
        await w.app.get(Outbox, { strict: false }).emit(tx, { type: 'inventory.created', subject_id: newId(), data });
    });
  const received = (count: number): Promise<void> =>
    eventually(() => Promise.resolve(expect(receiver.at('/in')).toHaveLength(count)), 30_000);
  const part = (name: string): Promise<void> => office.getByRole('navigation', { name: NAME }).getByRole('link', { name }).click();
  /** Goes on with Tab until the focus stands there. */
  const tabTo = async (target: Locator): Promise<void> => {
    await target.waitFor();
    for (let n = 0; n < 120; n++) {
      if ((await target.and(office.locator(':focus')).count()) > 0) return;
      await office.keyboard.press('Tab');
    }
    throw new Error(`no way to ${String(target)} with Tab`);
  };
  const press = async (target: Locator, key = 'Enter'): Promise<void> => {
    await tabTo(target);
    await office.keyboard.press(key);
  };
  const typeInto = async (target: Locator, words: string): Promise<void> => {
    await tabTo(target);
    await office.keyboard.type(words);
  };
  const storeWithKeys = async (): Promise<string> => {
    const dialog = office.getByRole('dialog', { name: `Secret of ${BY_KEYS}` });
    const secret = await dialog.getByLabel(/secret/i).first().inputValue(); // prettier-ignore
    await press(dialog.getByRole('checkbox'), 'Space');
    await press(dialog.getByRole('button', { name: 'Done' }));
    await dialog.waitFor({ state: 'detached' });
    return secret;
  };

  it('goes from a new webhook over an outage to the last delivery without one reload', async () => {
    await office.evaluate('window.sameDocument = true');
    await office.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Webhooks' }).click();
    await office.getByRole('link', { name: 'New webhook' }).first().click();
    const form = office.getByRole('form', { name: 'New webhook' });
    await form.getByLabel('Name', { exact: true }).fill(NAME);
    await form.getByLabel('URL').fill(`http://127.0.0.1:${receiver.port}/in`);
    await form.getByLabel('All of inventory, also events that come later').check();
    await form.getByLabel('Headers').fill('x-team: seven');
    await form.getByLabel('Repeats after a failure').selectOption('0');
    await form.getByRole('button', { name: 'Create webhook' }).click();
    const once = office.getByRole('dialog', { name: `Secret of ${NAME}` });
    expect(await once.getByLabel(/secret/i).first().inputValue()).toMatch(HEX_64); // prettier-ignore
    await once.getByRole('button', { name: /copy/i }).first().click();
    await once.getByRole('checkbox').check();
    await once.getByRole('button', { name: 'Done' }).click();
    await title(office, NAME);
    endpoint = /\/webhooks\/([0-9a-f-]{36})\//.exec(office.url())?.[1] ?? '';

    await office.getByRole('button', { name: 'Send test' }).click();
    await office.getByText(/Delivered: HTTP 200 in/).waitFor();
    await office.getByRole('link', { name: 'Open delivery' }).click();
    const drawer = office.getByRole('dialog', { name: 'webhook.test' });
    await drawer.getByText('Send 1').waitFor();
    const sent = receiver.at('/in')[0]?.headers ?? {};
    for (const name of ['content-type', 'user-agent', 'webhook-id', 'x-webhook-event', 'x-webhook-delivery', 'x-webhook-attempt']) {
      const shown = drawer.locator('dt', { hasText: new RegExp(`^${name}$`) }).locator('xpath=following-sibling::dd[1]');
      expect([name, await shown.innerText()]).toEqual([name, sent[name]]);
    }
    for (const name of ['webhook-signature', 'x-webhook-signature', 'x-team'])
      await drawer.locator('dt', { hasText: new RegExp(`^${name}$`) }).waitFor();
    const told = await drawer.innerText();
    for (const value of [sent['webhook-signature'], sent['x-webhook-signature'], sent['x-team']]) expect(told).not.toContain(String(value));
    await picture(owner, office, '01 headers as sent');
    await drawer.getByRole('button', { name: 'Close' }).click();

    status = 404;
    await happen(3);
    await received(4);
    status = 422;
    await happen(2);
    await received(6);
    await office.getByRole('link', { name: 'Dead letters', exact: true }).click();
    const causes = office.getByRole('list', { name: 'Why they were given up' });
    const missing = causes.getByRole('button', { name: 'The receiver answered 404. 3' });
    await causes.getByRole('button', { name: 'The receiver answered 422. 2' }).waitFor();
    await missing.click();
    const dead = office.getByRole('checkbox', { name: /^Choose inventory\.created of / });
    await eventually(async () => expect(await dead.count()).toBe(3));
    expect(await missing.getAttribute('aria-pressed')).toBe('true');
    await picture(owner, office, '02 one cause');

    status = 200;
    await office.getByRole('button', { name: 'Replay all' }).click();
    await office.getByRole('dialog').getByRole('button', { name: 'Replay 3 deliveries' }).click();
    await office.getByRole('dialog').waitFor({ state: 'detached' });
    await received(9);
    await causes.getByRole('button', { name: 'The receiver answered 404. 3' }).waitFor({ state: 'detached' });
    await causes.getByRole('button', { name: 'The receiver answered 422. 2' }).waitFor();
    await part('Deliveries');
    await eventually(async () => expect(await office.getByRole('row', { name: /inventory\.created.*Delivered.*200/ }).count()).toBe(3));
    expect(await office.evaluate('window.sameDocument')).toBe(true);
  });

  it('the tenant-wide dead letters lead to those of their webhook', async () => {
    await go(office, '/t/quay/webhooks/deliveries');
    await office.getByRole('link', { name: 'Dead letters', exact: true }).click();
    await office.getByRole('button', { name: 'The receiver answered 422. 2' }).waitFor();
    await office.getByRole('list', { name: 'Webhooks' }).getByRole('link', { name: `${NAME} 2` }).click(); // prettier-ignore
    await title(office, NAME);
    await office.getByRole('button', { name: 'Replay all' }).waitFor();
    expect(new URL(office.url()).pathname).toBe(`/t/quay/webhooks/${endpoint}/deliveries`);
  });

  it('who may not read an event sees its delivery without its body', async () => {
    const reader = await Visitor.at(w.url);
    const page = await reader.open('/login');
    await typeSignIn(page, READER);
    await title(page, 'Quay');
    await go(page, `/t/quay/webhooks/${endpoint}/deliveries`);
    await page.getByRole('button', { name: 'inventory.created' }).first().click();
    const drawer = page.getByRole('dialog', { name: 'inventory.created' });
    await drawer.getByText('Not permitted: you may not read what this event tells.').waitFor();
    expect(await drawer.getByLabel('Body as sent').count()).toBe(0);
    expect(await drawer.getByRole('button', { name: 'Copy as curl' }).count()).toBe(0);
    await reader.leave();
  });

  it('an open log is told of new deliveries and asks for nothing meanwhile, and a hidden one does not ask at all', async () => {
    await go(office, `/t/quay/webhooks/${endpoint}/deliveries`);
    const asked: string[] = [];
    office.on('request', (request) => {
      if (/\/deliveries(\?|$)/.test(request.url()) && request.resourceType() === 'fetch') asked.push(request.url());
    });
    const delivered = office.getByRole('row', { name: /inventory\.created.*Delivered.*200/ });
    await office.waitForTimeout(1_500); // the look after the stream is open
    asked.length = 0;
    await office.waitForTimeout(QUIET_MS);
    expect(asked).toEqual([]);
    await happen(1);
    await eventually(async () => expect(await delivered.count()).toBe(4));
    const see = (state: string): Promise<unknown> =>
      office.evaluate(
        `Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => '${state}' });
         document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))`,
      );
    await see('hidden');
    await office.waitForTimeout(1_000);
    asked.length = 0;
    await happen(1);
    await office.waitForTimeout(QUIET_MS);
    expect(asked).toEqual([]);
    expect(await delivered.count()).toBe(4);
    await see('visible');
    await eventually(async () => expect(await delivered.count()).toBe(5));
  });

  it('a webhook is created, its test replayed and its secret rotated with the keyboard alone', async () => {
    await go(office, '/t/quay/webhooks');
    await press(office.getByRole('link', { name: 'New webhook' }).first());
    const form = office.getByRole('form', { name: 'New webhook' });
    await typeInto(form.getByLabel('Name', { exact: true }), BY_KEYS);
    await typeInto(form.getByLabel('URL'), `http://127.0.0.1:${receiver.port}/in`);
    await press(form.getByLabel('All of inventory, also events that come later'), 'Space');
    await press(form.getByRole('button', { name: 'Create webhook' }));
    const first = await storeWithKeys();
    await title(office, BY_KEYS);

    const before = receiver.at('/in').length;
    await press(office.getByRole('button', { name: 'Send test' }));
    await office.getByText(/Delivered: HTTP 200 in/).waitFor();
    await press(office.getByRole('link', { name: 'Open delivery' }));
    const drawer = office.getByRole('dialog', { name: 'webhook.test' });
    await press(drawer.getByRole('button', { name: 'Replay' }));
    await press(office.getByRole('dialog', { name: 'Replay this delivery?' }).getByRole('button', { name: 'Replay' }));
    await drawer.getByText('Send 2').waitFor();
    expect(receiver.at('/in')).toHaveLength(before + 2);
    await office.getByRole('dialog', { name: 'Replay this delivery?' }).waitFor({ state: 'detached' });
    await office.keyboard.press('Escape');
    await drawer.waitFor({ state: 'detached' });

    await press(office.getByRole('navigation', { name: BY_KEYS }).getByRole('link', { name: 'Settings' }));
    await press(office.getByRole('button', { name: 'Rotate secret' }));
    await press(office.getByRole('dialog', { name: `New secret for ${BY_KEYS}` }).getByRole('button', { name: 'Rotate secret' }));
    const second = await storeWithKeys();
    expect(second).toMatch(HEX_64);
    expect(second).not.toBe(first);
    await office.getByText('signs, takes over').waitFor();
  });

  it('axe finds nothing serious on any screen of webhooks', async () => {
    const at = `/t/quay/webhooks/${endpoint}`;
    const found: Record<string, string[]> = {};
    // It finds what there is to find.
    await office.evaluate(`document.body.append(Object.assign(document.createElement('button'), { id: 'planted' }))`);
    expect(await barriers(office)).toEqual([expect.stringContaining('button-name: <button id="planted">')]);
    const look = async (name: string, page = office): Promise<void> => {
      found[name] = await barriers(page);
    };
    await go(office, '/t/quay/webhooks');
    await office.getByText(/of \d+ deliver/).first().waitFor(); // prettier-ignore
    await look('list');
    await go(office, '/t/quay/webhooks/new');
    await look('create');
    await go(office, '/t/quay/webhooks/events');
    await look('events');
    await go(office, `${at}/overview`);
    await look('overview');
    await go(office, `${at}/deliveries`);
    await look('log');
    await office.getByRole('button', { name: 'inventory.created' }).first().click();
    await office.getByRole('dialog').getByText('Send 1').waitFor();
    await look('drawer');
    await go(office, `${at}/deliveries?status=dlq`);
    await office.getByRole('button', { name: 'The receiver answered 422. 2' }).waitFor();
    await look('dead letters');
    await go(office, `${at}/settings`);
    await look('settings');
    await office.getByRole('button', { name: 'Rotate secret' }).click();
    await office.getByRole('dialog', { name: `New secret for ${NAME}` }).waitFor();
    await look('rotate');
    await go(office, `${at}/verify`);
    await look('debugger');
    await ensureFirstOwner(w.app);
    const staff = await Visitor.at(w.url);
    const console_ = await staff.open('/platform/login');
    await typeSignIn(console_, STAFF);
    await title(console_, 'Overview');
    await console_.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Webhooks' }).click();
    await console_.getByText('Every event was relayed.').waitFor();
    await look('staff', console_);
    await staff.leave();
    expect(Object.fromEntries(Object.entries(found).filter(([, lines]) => lines.length > 0))).toEqual({});
  });
});
