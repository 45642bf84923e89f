import type { Locator, Page } from 'playwright-core';
import { PlatformDb, sql } from '../../libs/platform/db/index.js';
import { platformScope } from '../../libs/platform/queue/index.js';
import { PLATFORM_SCOPE_ID } from '../../apps/api/src/modules/audit/index.js';
import { ensureFirstOwner } from '../../apps/api/src/modules/ops/index.js';
import { Authenticator } from '../support/authenticator.js';
import { describeInBrowser, picture, typeSignIn, Visitor } from '../support/browser.js';
import { auditsOf } from '../support/records.js';
import { servedWorld, type ServedWorld } from '../support/served-world.js';
import type { TestTenant, TestUser } from '../support/test-tenant.js';

jest.setTimeout(120_000);

const STAFF = { email: 'first.owner@tenantry.example', password: 'Lantern-over-water-91!' };
const OWNER = { email: 'olena@harbour.example', password: 'Quiet-harbour-light-58!' };
const MANAGER = { email: 'maryna@harbour.example', name: 'Maryna Mast', password: 'Crane-and-compass-27!' };
const AUDITOR = { email: 'anton@harbour.example', password: 'Ledger-by-candle-34!' };
const OPERATOR = { email: 'omar@tenantry.example', name: 'Omar Ops', password: 'Pallet-jack-morning-64!' };
const REASON = 'Ticket 4711: an order is missing';
const REVOKE_NEWEST = sql`
  update platform_sessions set revoked_at = now()
   where platform_session_id = (select platform_session_id from platform_sessions order by created_at desc, platform_session_id desc limit 1)`;
/** What changes without a reload must be there in that time. */
const AT_ONCE = { timeout: 2_000 };
/** Verbs of buttons that write: a reader meets none of them. */
const WRITING =
  /^(new|invite|create|save|delete|remove|suspend|reactivate|send again|withdraw|change|turn (on|off)|rotate|revoke|deactivate|activate|edit|require|choose)\b/i;

describeInBrowser('people, stores, modules and the console', () => {
  let w: ServedWorld;
  let harbour: TestTenant;
  let olena: TestUser;
  let office: Page;
  let owner: Visitor;
  let console_: Page;
  let staff: Visitor;

  beforeAll(async () => {
    w = await servedWorld({
      own_database: 'browser_screens',
      env: { FIRST_OWNER_EMAIL: STAFF.email, FIRST_OWNER_PASSWORD: STAFF.password, TRUST_PROXY: '127.0.0.1,::1' },
    });
    await ensureFirstOwner(w.app);
    harbour = await w.tenant({ slug: 'harbour', name: 'Harbour', template: 'inventory', plan: 'premium', stores: ['NORTH', 'SOUTH'] });
    olena = await harbour.user(OWNER);
    await harbour.user({ ...AUDITOR, role: 'Auditor' });
    owner = await visitor();
    office = await signIn(owner, '/login', OWNER, 'Harbour');
    staff = await Visitor.at(w.url); // the mailbox opens on the machine itself only
    console_ = await signIn(staff, '/platform/login', STAFF, 'Overview');
  });

  let address = 0;
  /** Each from an address of its own: the limits count addresses. */
  const visitor = async (): Promise<Visitor> => {
    const one = await Visitor.at(w.url);
    await one.context.setExtraHTTPHeaders({ 'x-forwarded-for': `198.51.100.${++address}` });
    return one;
  };
  const title = (page: Page, name: string | RegExp): Promise<void> => page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
  const signIn = async (who: Visitor, at: string, person: { email: string; password: string }, home: string): Promise<Page> => {
    const page = await who.open(at);
    await typeSignIn(page, person);
    await title(page, home);
    return page;
  };
  /** Opens an address and waits until nothing loads any more. */
  const go = async (page: Page, to: string): Promise<void> => {
    await page.goto(to);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.locator('main [aria-busy=true]').waitFor({ state: 'detached' });
  };
  const navigation = (page: Page): Locator => page.getByRole('navigation', { name: 'Main' });
  const row = (page: Page, name: RegExp): Locator => page.getByRole('row', { name });
  const giveReason = async (page: Page, verb: string, typed?: string): Promise<void> => {
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Reason', { exact: true }).fill(REASON);
    if (typed !== undefined) await dialog.getByLabel('Name', { exact: true }).fill(typed);
    await dialog.getByRole('button', { name: verb, exact: true }).click();
    await dialog.waitFor({ state: 'detached' });
  };
  const write = (statement: ReturnType<typeof sql>, values: readonly string[]): Promise<unknown> =>
    w.app.get(PlatformDb, { strict: false }).query(platformScope('test'), statement, [...values]);

  describe('J4 an invitation', () => {
    it('000-28 J4 is sent for one store, read in the mailbox, accepted, and lets its person in with exactly that scope', async () => {
      await go(office, '/t/harbour/team');
      for (const email of [MANAGER.email, 'late@harbour.example', 'wrong@harbour.example']) {
        await office.getByRole('button', { name: 'Invite' }).first().click();
        const form = office.getByRole('dialog', { name: 'Invite to Harbour' });
        await form.getByLabel('E-mail').fill(email);
        await form.getByLabel('Role').selectOption({ label: 'Manager' });
        await form.getByLabel('Chosen stores').check();
        if (email === MANAGER.email) {
          await form.getByRole('button', { name: 'Send invitation' }).click();
          await form.getByText('Choose at least one store.').waitFor(); // none is an error, never all
        }
        await form.getByLabel(/NORTH/).check();
        if (email === MANAGER.email) await picture(owner, office, '01 invite for one store');
        await form.getByRole('button', { name: 'Send invitation' }).click();
        await row(office, new RegExp(email)).waitFor();
      }
      await go(console_, `/platform/mailbox?to=${MANAGER.email}`);
      await row(console_, /Harbour/)
        .first()
        .getByRole('link')
        .click();
      const link = (await console_.getByRole('dialog').getByRole('link').first().getAttribute('href')) ?? '';

      const manager = await visitor();
      const floor = await manager.open(link);
      await title(floor, 'Join Harbour');
      await floor.getByText('Manager').first().waitFor();
      await picture(manager, floor, '02 invitation');
      await floor.getByLabel('Your name').fill(MANAGER.name);
      await floor.getByLabel('Choose a password').fill(MANAGER.password);
      await floor.getByRole('button', { name: 'Create account and join' }).click();
      await floor.waitForURL('**/t/harbour');
      await go(office, '/t/harbour/team');
      await row(office, /Maryna Mast.*Manager.*NORTH.*Active/).waitFor();
      await manager.leave();

      const late = await visitor();
      late.expectRefusal(410, /\/auth\/invitation\//);
      await title(await late.open(link), 'This invitation was used');
    });

    it.each([
      ['late@harbour.example', 410, 'This invitation has expired'],
      ['wrong@harbour.example', 410, 'This invitation was withdrawn'],
      [null, 404, 'This invitation is not known'],
    ])('J4 of %s answers %i and has a page of its own', async (email, status, said) => {
      const link = email === null ? `${w.url}/invite#${'x'.repeat(43)}` : ((await w.mail.latest(email)).links[0] ?? '');
      if (email?.startsWith('late'))
        await write(sql`update invitations set expires_at = now() - interval '1 hour' where email_normalized = $1`, [email]);
      if (email?.startsWith('wrong')) {
        await go(office, '/t/harbour/team?tab=invitations');
        await row(office, /wrong@/)
          .getByRole('button', { name: 'Withdraw' })
          .click();
        await office.getByRole('dialog').getByRole('button', { name: 'Withdraw' }).click();
        await row(office, /wrong@/).waitFor({ state: 'detached' });
      }
      const who = await visitor();
      who.expectRefusal(status, /\/auth\/invitation\//);
      const page = await who.open(link);
      await title(page, said);
      const text = await page.locator('body').innerText();
      for (const secret of ['Harbour', 'Manager', 'harbour.example']) expect(text).not.toContain(secret);
      await picture(who, page, `03 ${said.toLowerCase()}`);
      await who.leave();
    });
  });

  it('000-38 J5 a manager of one store meets no other one: not in lists, not in counts, not by its address', async () => {
    const who = await visitor();
    const floor = await signIn(who, '/login', MANAGER, 'Harbour');
    await go(floor, '/t/harbour/stores');
    await row(floor, /NORTH/).waitFor();
    expect(await floor.getByRole('row').count()).toBe(2); // its head and the store
    await floor.getByText('1 shown').waitFor();
    await picture(who, floor, '04 stores of a manager');
    who.expectRefusal(404, /\/stores\//);
    await floor.goto(`/t/harbour/stores?store=${harbour.stores['SOUTH']}`);
    await floor.getByRole('dialog').getByText('This does not exist, or it is not for you.').waitFor();
    await picture(who, floor, '05 another store');
    expect(await navigation(floor).getByRole('link').allInnerTexts()).not.toContain('Settings');
    await who.leave();
  });

  it('004-17 J7 an auditor reads every screen and finds nothing to change on any', async () => {
    const who = await visitor();
    const desk = await signIn(who, '/login', AUDITOR, 'Harbour');
    const seen = ['/t/harbour'];
    for (const to of seen) {
      await go(desk, to); // a button that asks for what is refused would be a fault of this visitor
      const buttons = await desk.getByRole('main').getByRole('button').allInnerTexts();
      expect([to, buttons.filter((text) => WRITING.test(text.trim()))]).toEqual([to, []]);
      expect(await desk.getByText('You may not open this').count()).toBe(0);
      for (const link of await desk.getByRole('navigation').getByRole('link').all()) {
        const [next] = ((await link.getAttribute('href')) ?? '').split('?');
        if (next && next.startsWith('/t/harbour') && !seen.includes(next)) seen.push(next);
      }
    }
    expect(seen).toEqual(expect.arrayContaining(['/t/harbour/team', '/t/harbour/roles', '/t/harbour/audit', '/t/harbour/audit/decisions'])); // prettier-ignore
    await go(desk, '/t/harbour/roles');
    await desk.getByRole('link', { name: 'Manager' }).click();
    await title(desk, 'Manager');
    expect((await desk.getByRole('main').getByRole('button').allInnerTexts()).filter((text) => WRITING.test(text))).toEqual([]);
    await picture(who, desk, '06 a role before an auditor');
    await who.leave();
  });

  it('J13 a module that is turned off is gone from the navigation and its addresses, in every open tab and without a reload', async () => {
    const second = await owner.open('/t/harbour/inventory');
    await title(second, 'Inventory');
    await go(office, '/t/harbour/settings/modules');
    expect(await office.getByRole('button', { name: 'Turn off Tenants' }).count()).toBe(0); // core
    await picture(owner, office, '07 modules');
    await office.getByRole('button', { name: 'Turn off Catalogue' }).click();
    await office.getByRole('dialog').getByRole('button', { name: 'Turn off' }).click();
    await office.getByText('Catalogue is off').waitFor();
    for (const page of [office, second]) await navigation(page).getByRole('link', { name: 'Inventory' }).waitFor({ state: 'detached', ...AT_ONCE }); // prettier-ignore
    await second.getByRole('heading', { name: 'Catalogue is switched off' }).waitFor();
    await second.reload();
    await second.getByRole('heading', { name: 'Catalogue is switched off' }).waitFor();
    await picture(owner, second, '08 module off');
    await office.getByRole('button', { name: 'Turn on Catalogue' }).click();
    await navigation(second).getByRole('link', { name: 'Inventory' }).waitFor(AT_ONCE);
    await title(second, 'Inventory');
    await second.close();
  });

  it('004-23 refusals of the last days stand on a screen, of everybody and of one person by permission', async () => {
    const clerk = await harbour.user({ role: 'Analyst', email: 'clerk@harbour.example' });
    await clerk.get('/admin/members').expect(403);
    await clerk.post('/roles', { name: 'Mine', permissions: ['inventory:read'] }).expect(403);
    await go(office, '/t/harbour/audit');
    await office.getByRole('link', { name: 'Checks of rights' }).click();
    await row(office, /roles:write.*clerk@harbour\.example.*POST \/api\/v1\/roles/).waitFor();
    await row(office, /users:read.*Refused|users:read.*Denied/).waitFor();
    await picture(owner, office, '09 recent denials');
    await office.getByLabel('Anybody').selectOption({ value: clerk.user_id });
    await office.getByLabel('Any time').selectOption({ label: 'Last 7 days' });
    await office.getByLabel('Each check').selectOption({ label: 'By permission' });
    await office.getByRole('columnheader', { name: 'Who' }).waitFor({ state: 'detached' });
    await row(office, /users:read/).waitFor();
    expect(await office.getByRole('row').count()).toBe(3);
    await picture(owner, office, '10 checks of a person');
  });

  it('an account moves to another address when its link is confirmed, not when it is opened', async () => {
    const person = { email: 'old@harbour.example', password: 'Rope-and-anchor-85!' };
    const moved = { ...person, email: 'new@harbour.example' };
    await harbour.user({ ...person, role: 'Analyst' });
    const who = await visitor();
    const page = await signIn(who, '/login', person, 'Harbour');
    await go(page, '/account/profile');
    await page.getByLabel('New e-mail').fill(moved.email);
    await page.getByLabel('Current password').fill(person.password);
    await picture(who, page, '14 profile');
    await page.getByRole('button', { name: 'Change e-mail' }).click();
    await page.getByText(`A link to confirm the new address went to ${moved.email}.`).waitFor();
    const [link = ''] = (await w.mail.latest(moved.email)).links;
    await page.goto(link);
    await title(page, 'Confirm this address');
    expect(page.url()).toBe(`${w.url}/verify`);
    await picture(who, page, '15 confirm an address');
    await w.request().post('/api/v1/auth/login').set('host', 'localhost').send(person).expect(200); // opened, and nothing happened
    await page.getByRole('button', { name: 'Confirm' }).click();
    await title(page, 'The address is confirmed');
    const stranger = await visitor();
    await signIn(stranger, '/login', moved, 'Harbour');
    await stranger.leave();
    who.expectRefusal(410, /\/auth\/email\/verify$/);
    const again = await who.open(link);
    await again.getByRole('button', { name: 'Confirm' }).click();
    await title(again, 'This link was used');
    await who.leave();
  });

  it('J24 single keys do nothing once a person has switched them off, in every browser of theirs', async () => {
    await go(office, '/account/preferences');
    await picture(owner, office, '16 preferences');
    const keys = office.getByLabel('Single keys');
    const saved = (): Promise<unknown> => office.waitForResponse((answer) => answer.request().method() === 'PUT' && answer.ok());
    await Promise.all([saved(), keys.uncheck()]);
    const elsewhere = await visitor();
    const other = await signIn(elsewhere, '/login', OWNER, 'Harbour');
    await go(other, '/t/harbour/stores');
    await other.keyboard.press('n');
    await other.keyboard.press('?');
    expect(await other.getByRole('dialog').count()).toBe(0);
    await Promise.all([saved(), keys.check()]);
    await go(other, '/t/harbour/stores');
    await other.keyboard.press('n');
    await other.getByRole('dialog', { name: 'New store' }).waitFor();
    await elsewhere.leave();
  });

  describe('the subscription', () => {
    it('shows what is bought, its limits and what it costs, and changes it', async () => {
      await go(office, '/t/harbour/settings/usage');
      await office.getByRole('link', { name: 'Subscription' }).click();
      await office.getByRole('heading', { name: 'What is in it' }).waitFor();
      await office.getByRole('meter', { name: 'Members' }).waitFor();
      await picture(owner, office, '11 subscription');
      await office.getByRole('button', { name: 'Change plan' }).click();
      const form = office.getByRole('dialog', { name: 'Change plan' });
      await form.getByLabel('Extra user').fill('2');
      await picture(owner, office, '12 change plan');
      await form.getByRole('button', { name: 'Change plan' }).click();
      await office.getByText(/2 × /).waitFor();
      await office.getByRole('button', { name: 'Cancel at the end' }).click();
      await office.getByRole('dialog').getByRole('button', { name: 'Cancel at the end' }).click();
      await office.getByText(/The subscription ends on .* and does not go on by itself\./).waitFor();
      await office.getByRole('button', { name: 'Go on' }).click();
      await office.getByRole('dialog').getByRole('button', { name: 'Go on' }).click();
      await office.getByText(/does not go on by itself/).waitFor({ state: 'detached' });
      const subscription = (await olena.get('/subscription').expect(200)).body as { items: { plan_code: string; quantity: number }[] };
      expect(subscription.items).toContainEqual(expect.objectContaining({ plan_code: 'extra_users', quantity: 2 }));
    });

    it('says until when a late payment leaves everything open', async () => {
      const path = `/platform/tenants/${harbour.tenant_id}/entitlements`;
      const boss = await w.staff();
      await boss.put(path, { subscription: { status: 'past_due' }, reason: REASON }).expect(200);
      await go(office, '/t/harbour/settings/subscription');
      await office.getByText(/A payment is late. Everything stays open until/).waitFor();
      await picture(owner, office, '13 payment late');
      await boss.put(path, { subscription: { status: 'active' }, reason: REASON }).expect(200);
    });

    it('000-49 J23 does not exist in the native client, neither as an entry nor by its address', async () => {
      const who = await Visitor.at(w.url);
      await who.context.setExtraHTTPHeaders({ 'x-forwarded-for': `198.51.100.${++address}` });
      await who.context.route('**/api/v1/client-config', (route) =>
        route.continue({ headers: { ...route.request().headers(), 'x-client': 'native' } }),
      );
      const phone = await signIn(who, '/login', OWNER, 'Harbour');
      await go(phone, '/t/harbour/settings/usage');
      expect(await phone.getByRole('link', { name: 'Subscription' }).count()).toBe(0);
      await phone.goto('/t/harbour/settings/subscription');
      await title(phone, 'Not available here');
      expect(await phone.getByRole('main').getByRole('link').count()).toBe(0);
      expect(await phone.getByRole('main').innerText()).not.toMatch(/plan|price|upgrade/i);
      await who.leave();
    });
  });

  describe('the console', () => {
    it('003-19 switches a module off for everybody with a reason, and tenants lose it with their next request', async () => {
      await go(office, '/t/harbour/inventory');
      await go(console_, '/platform/modules');
      await picture(staff, console_, '20 platform modules');
      await row(console_, /Catalogue/)
        .getByRole('button', { name: 'Switch off Catalogue' })
        .click();
      await console_.getByRole('dialog', { name: 'Switch off Catalogue for everybody?' }).waitFor();
      await picture(staff, console_, '21 switch off a module');
      await console_.getByRole('dialog').getByRole('button', { name: 'Switch off' }).click();
      await console_.getByText('At least 10 characters.').waitFor(); // no reason, no switch
      await giveReason(console_, 'Switch off', 'catalog');
      await row(console_, /Catalogue.*Off for everybody/).waitFor();
      await go(office, '/t/harbour/inventory');
      await title(office, 'Catalogue is switched off');
      expect(await navigation(office).getByRole('link', { name: 'Inventory' }).count()).toBe(0);
      const [switched] = await auditsOf(w, PLATFORM_SCOPE_ID, 'module.switched');
      expect(switched).toMatchObject({ reason: REASON, outcome: 'success' });
      await row(console_, /Catalogue/)
        .getByRole('button', { name: 'Switch on Catalogue' })
        .click();
      await giveReason(console_, 'Switch on', 'catalog');
      await go(office, '/t/harbour/inventory');
      await title(office, 'Inventory');
    });

    it('adds an operator, who chooses a password by the link and sees what the role holds, and is out when disabled', async () => {
      await go(console_, '/platform/access');
      await console_.getByRole('button', { name: 'Add staff' }).click();
      const form = console_.getByRole('dialog', { name: 'Add staff' });
      await form.getByLabel('E-mail').fill(OPERATOR.email);
      await form.getByRole('textbox', { name: /^Name/ }).fill(OPERATOR.name);
      await form.getByLabel('Operator').check();
      await form.getByLabel('Reason').fill(REASON);
      await picture(staff, console_, '22 add staff');
      await form.getByRole('button', { name: 'Add staff' }).click();
      await row(console_, /Omar Ops.*Operator.*Invited/).waitFor();
      await picture(staff, console_, '23 staff');

      const who = await visitor();
      const [link = ''] = (await w.mail.latest(OPERATOR.email)).links;
      const page = await who.open(link);
      await title(page, 'Set a new password');
      expect(page.url()).toBe(`${w.url}/platform/reset`);
      await picture(who, page, '24 staff choose a password');
      await page.getByRole('textbox', { name: 'New password' }).fill(OPERATOR.password);
      await page.getByRole('button', { name: 'Save password' }).click();
      await title(page, 'The new password is saved');
      await page.getByRole('link', { name: 'To sign-in' }).click();
      await typeSignIn(page, OPERATOR);
      await title(page, 'Overview');
      const entries = await navigation(page).getByRole('link').allInnerTexts();
      expect(entries).toEqual(expect.arrayContaining(['Tenants', 'Modules', 'Plans']));
      expect(entries).not.toContain('Access');
      await go(page, '/platform/access');
      await page.getByText('platform:staff').waitFor();
      await picture(who, page, '25 staff forbidden');

      await console_.reload();
      await row(console_, /Omar Ops/)
        .getByRole('button', { name: 'Actions for Omar Ops' })
        .click();
      await console_.getByRole('menuitem', { name: 'Disable' }).click();
      await giveReason(console_, 'Disable');
      await row(console_, /Omar Ops.*Disabled/).waitFor();
      who.expectRefusal(401, /\/platform\//);
      await navigation(page).getByRole('link', { name: 'Tenants' }).click();
      await page.waitForURL('**/platform/login?**');
      await who.leave();
    });

    it('says the same of every address that has forgotten its password', async () => {
      const who = await visitor();
      const page = await who.open('/platform/login');
      await page.getByRole('link', { name: 'Forgot the password?' }).click();
      for (const email of [STAFF.email, 'nobody@tenantry.example']) {
        await go(page, '/platform/forgot');
        await page.getByLabel('E-mail').fill(email);
        await page.getByRole('button', { name: 'Send the link' }).click();
        await page.getByText(`If ${email} has an account here, a link is on its way.`).waitFor();
      }
      await picture(who, page, '26 staff forgot');
      const [link = ''] = (await w.mail.latest(STAFF.email)).links;
      expect(link).toMatch(new RegExp(`^${w.url}/platform/reset#`));
      expect(await w.mail.find('nobody@tenantry.example')).toBeNull();
      await who.leave();
    });

    it('003-17 leads to the sign-in of the console, and back to the same page, when a call is answered 401', async () => {
      const who = await visitor();
      const page = await signIn(who, '/platform/login', STAFF, 'Overview');
      await write(REVOKE_NEWEST, []);
      who.expectRefusal(401, /\/platform\//);
      await navigation(page).getByRole('link', { name: 'Provisioning' }).click();
      await page.waitForURL('**/platform/login?redirect=**');
      await typeSignIn(page, STAFF);
      await page.waitForURL('**/platform/provisioning');
      await title(page, 'Provisioning');
      await who.leave();
    });

    it('001-25 J17 enters a tenant with a reason: a banner above all, nothing to change, both names in both logs, and out again', async () => {
      await go(console_, `/platform/tenants/${harbour.tenant_id}`);
      await picture(staff, console_, '30 tenant');
      await console_.getByRole('link', { name: 'Members', exact: true }).click();
      await row(console_, /olena@/)
        .getByRole('button', { name: /^Enter as/ })
        .click();
      const dialog = console_.getByRole('dialog', { name: 'Enter Harbour' });
      await dialog.getByRole('button', { name: 'Enter' }).click();
      await dialog.getByText('At least 10 characters.').waitFor();
      await dialog.getByLabel('Reason').fill(REASON);
      await picture(staff, console_, '31 enter a tenant');
      await dialog.getByRole('button', { name: 'Enter' }).click();
      await console_.waitForURL('**/t/harbour');
      const banner = console_.getByRole('status').filter({ hasText: REASON });
      await banner.getByText(/30 minutes left|29 minutes left/).waitFor();
      expect(await banner.innerText()).toContain(STAFF.email);
      await picture(staff, console_, '32 support access');
      await navigation(console_).getByRole('link', { name: 'Team' }).click();
      await row(console_, /olena@/).waitFor();
      expect(await console_.getByRole('button', { name: 'Invite' }).count()).toBe(0);
      await banner.waitFor(); // it stays, whatever page
      expect(await console_.evaluate<string>('JSON.stringify([localStorage, sessionStorage])')).not.toContain('eyJ');

      for (const side of [harbour.tenant_id, PLATFORM_SCOPE_ID]) {
        const [started] = await auditsOf(w, side, 'impersonation.started');
        expect(started).toMatchObject({ reason: REASON, actor: { type: 'platform_staff' }, targets: expect.arrayContaining([{ type: 'user', id: olena.user_id }]) }); // prettier-ignore
      }
      await go(office, '/t/harbour/audit?action=impersonation');
      await row(office, /Support access started/).waitFor();
      await picture(owner, office, '33 support access in the tenant’s log');

      await banner.getByRole('button', { name: 'End support access' }).click();
      await title(console_, 'Harbour');
      expect(console_.url()).toContain(`/platform/tenants/${harbour.tenant_id}`);
      expect(await auditsOf(w, harbour.tenant_id, 'impersonation.ended')).toHaveLength(1);
      await console_.goto('/t/harbour');
      await console_.waitForURL('**/login?**'); // nothing of it is left
    });

    it('sets a limit by hand, which the tenant sees at once, and takes it back', async () => {
      await go(office, '/t/harbour/settings/usage');
      await go(console_, `/platform/tenants/${harbour.tenant_id}?tab=limits`);
      await console_.getByRole('button', { name: 'Set a limit' }).click();
      const form = console_.getByRole('dialog', { name: 'Set a limit' });
      await form.getByLabel('Limit', { exact: true }).selectOption({ label: 'Stores' });
      await form.getByLabel('New limit').fill('7');
      await form.getByLabel('Reason').fill(REASON);
      await picture(staff, console_, '34 set a limit');
      await form.getByRole('button', { name: 'Set a limit' }).click();
      await office.getByText('1 of 7').waitFor(AT_ONCE);
      await console_.getByText('Stores: 7').waitFor();
      await picture(staff, console_, '35 limits of a tenant');
      await console_.getByRole('button', { name: 'Take back Stores' }).click();
      await giveReason(console_, 'Take back');
      await console_.getByText('Nothing. All comes from the subscription.').waitFor();
    });

    it('lets staff set up their own second factor, which the next sign-in asks for', async () => {
      const boss = { email: 'second@tenantry.example', password: 'Beacon-over-rocks-46!' };
      await (await w.staff()).post('/platform/staff', { email: boss.email, role: 'ops_viewer', reason: REASON }).expect(201);
      const token = await w.mail.token(boss.email);
      await w.request().post('/api/v1/platform/auth/password/reset').set('host', 'localhost').send({ token, new_password: boss.password }).expect(204); // prettier-ignore
      const who = await visitor();
      const page = await signIn(who, '/platform/login', boss, 'Overview');
      await page.getByRole('button', { name: /^Account of/ }).click();
      await page.getByRole('menuitem', { name: 'Security' }).click();
      await title(page, 'Account');
      await picture(who, page, '27 account of staff');
      await page.getByRole('button', { name: 'Set up the second factor' }).click();
      const form = page.getByRole('form', { name: 'Set up the second factor' });
      await form.getByLabel('Current password').fill(boss.password);
      await form.getByRole('button', { name: 'Go on' }).click();
      const app = (await page.getByRole('link', { name: 'Open the app on this device' }).getAttribute('href')) ?? '';
      const phone = new Authenticator(new URL(app).searchParams.get('secret') ?? '', w.clock);
      await page.getByRole('textbox', { name: 'Code' }).fill(phone.code());
      await page.getByRole('button', { name: 'Turn on' }).click();
      await page.getByLabel('I have stored it').check();
      await page.getByRole('button', { name: 'Done' }).click();
      await page.getByText('10 left').waitFor();
      await page.getByRole('button', { name: /^Account of/ }).click();
      await page.getByRole('menuitem', { name: 'Sign out' }).click();
      await page.waitForURL('**/platform/login');
      await typeSignIn(page, boss);
      await title(page, 'Second factor');
      await who.leave();
    });

    it('keeps templates and plans', async () => {
      await go(console_, '/platform/templates');
      await console_.getByRole('button', { name: 'New template' }).click();
      const form = console_.getByRole('dialog', { name: 'New template' });
      await form.getByRole('textbox', { name: 'Name' }).fill('Kiosk');
      await form.getByLabel('Code').fill('kiosk');
      await form.getByLabel('Catalogue').check();
      await picture(staff, console_, '36 new template');
      await form.getByRole('button', { name: 'Create template' }).click();
      await row(console_, /Kiosk.*kiosk/).waitFor();
      await picture(staff, console_, '37 templates');
      await row(console_, /Kiosk/).getByRole('link').click();
      await console_.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
      const sure = console_.getByRole('dialog', { name: 'Delete Kiosk?' });
      await sure.getByLabel('Name', { exact: true }).fill('kiosk');
      await sure.getByRole('button', { name: 'Delete' }).click();
      await row(console_, /Kiosk/).waitFor({ state: 'detached' });

      await go(console_, '/platform/plans');
      await picture(staff, console_, '38 plans');
      await row(console_, /Premium/)
        .getByRole('link')
        .click();
      const plan = console_.getByRole('dialog', { name: 'Premium' });
      await plan.getByLabel('Trial days').fill('21');
      await picture(staff, console_, '39 plan');
      await plan.getByRole('button', { name: 'Save' }).click();
      await console_.getByText('Plan Premium saved').waitFor();
    });
  });
});
