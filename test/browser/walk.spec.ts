import type { Page } from 'playwright-core';
import { PERMISSIONS } from '../../libs/contracts/permissions.js';
import { ensureFirstOwner } from '../../apps/api/src/modules/ops/index.js';
import { describeInBrowser, picture, typeSignIn, Visitor } from '../support/browser.js';
import { servedWorld, type ServedWorld } from '../support/served-world.js';

jest.setTimeout(120_000);

const STAFF = { email: 'first.owner@tenantry.example', password: 'Lantern-over-water-91!' };
const OWNER = { email: 'nora@northwind.example', name: 'Nora North', password: 'Crane-and-compass-27!' };
const MEMBER = { email: 'willem@northwind.example', name: 'Willem Ware', password: 'Pallet-jack-morning-64!' };
const STRANGER = { email: 'olena@harbour.example', password: 'Quiet-harbour-light-58!' };
/** Seed 004. */
const WAREHOUSE_MANAGER = ['inventory:read', 'inventory:write', 'orders:read', 'orders:write'] as const;
/** Longer than the reaper's round, which brings back an alarm that was lost. */
const PATIENCE_MS = 25_000;

describeInBrowser('002-83 the walk in a browser', () => {
  let w: ServedWorld;
  let staff: Visitor;
  let console_: Page;
  let owner: Visitor;
  let office: Page;
  let member: Visitor;
  let floor: Page;

  beforeAll(async () => {
    w = await servedWorld({ own_database: 'browser_walk', env: { FIRST_OWNER_EMAIL: STAFF.email, FIRST_OWNER_PASSWORD: STAFF.password } });
    await ensureFirstOwner(w.app);
    await (await w.tenant({ slug: 'harbour', name: 'Harbour', template: 'inventory' })).user(STRANGER);
    staff = await Visitor.at(w.url);
    owner = await Visitor.at(w.url);
    member = await Visitor.at(w.url);
  });

  const title = (page: Page, name: string): Promise<void> => page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
  /** The link of the newest mail to an address, as the mailbox of the console shows it. */
  const linkMailedTo = async (address: string): Promise<string> => {
    await console_.goto(`/platform/mailbox?to=${address}`);
    await console_.getByRole('row').nth(1).getByRole('link').click(); // the list looks again by itself
    const link = console_.getByRole('dialog').getByRole('link').first();
    return (await link.getAttribute('href')) ?? '';
  };
  const join = async (visitor: Visitor, link: string, person: typeof OWNER, name: string): Promise<Page> => {
    const page = await visitor.open(link);
    await title(page, 'Join Northwind');
    expect(page.url()).toBe(`${w.url}/invite`); // the token is out of the address
    await page.getByLabel('Your name').fill(person.name);
    await page.getByLabel('Choose a password').fill(person.password);
    await picture(visitor, page, name);
    await page.getByRole('button', { name: 'Create account and join' }).click();
    await page.waitForURL('**/t/northwind');
    return page;
  };

  it('the owner of the platform signs in and creates Northwind, whose steps finish before their eyes', async () => {
    console_ = await staff.open('/platform');
    await console_.waitForURL('**/platform/login**');
    await picture(staff, console_, '01 platform sign-in');
    await typeSignIn(console_, STAFF);
    await title(console_, 'Overview');

    await console_.getByRole('link', { name: 'Tenants' }).first().click();
    await console_.getByRole('button', { name: 'New tenant' }).first().click();
    const form = console_.getByRole('dialog', { name: 'New tenant' });
    await form.getByLabel('Name', { exact: true }).fill('Northwind');
    await form.getByLabel('Template').selectOption('inventory');
    await form.getByLabel('Owner’s name').fill(OWNER.name);
    await form.getByLabel('Owner’s e-mail').fill(OWNER.email);
    expect(await form.getByLabel('Subdomain').inputValue()).toBe('northwind');
    await picture(staff, console_, '02 new tenant');
    await form.getByRole('button', { name: 'Create tenant' }).click();

    await console_.waitForURL('**/platform/provisioning/*');
    await console_.getByRole('status').getByText('Succeeded').waitFor({ timeout: PATIENCE_MS });
    const steps = console_.getByRole('list', { name: 'Steps' }).getByRole('listitem');
    expect(await steps.count()).toBeGreaterThan(5);
    expect(await steps.filter({ hasText: 'Done' }).count()).toBe(await steps.count());
    await picture(staff, console_, '03 job');
    await console_.getByRole('link', { name: 'Open tenant' }).click();
    await title(console_, 'Northwind');
    await console_.getByText('Active', { exact: true }).waitFor();
    await picture(staff, console_, '04 tenant');
  });

  it('000-18 the owner opens the mail, sets a password and signs in', async () => {
    const link = await linkMailedTo(OWNER.email);
    expect(link).toMatch(new RegExp(`^${w.url}/invite#tninv_`));
    await picture(staff, console_, '05 mail');
    office = await join(owner, link, OWNER, '06 invitation of the owner');
    await title(office, 'Northwind');
    await picture(owner, office, '07 home of the owner');

    await office.getByRole('button', { name: `Account of ${OWNER.name}` }).click();
    await office.getByRole('menuitem', { name: 'Sign out' }).click();
    await office.waitForURL('**/login');
    await picture(owner, office, '08 sign-in');
    await typeSignIn(office, OWNER);
    await office.waitForURL('**/t/northwind');
  });

  it('the owner creates the Warehouse Manager of seed 004', async () => {
    await office.getByRole('link', { name: 'Roles', exact: true }).click();
    await title(office, 'Roles');
    await office.getByRole('link', { name: 'New role' }).first().click();
    await office.getByLabel('Name').fill('Warehouse Manager');
    await office.getByLabel('Description').fill('Manages inventory and fulfillment');
    for (const name of WAREHOUSE_MANAGER) await office.getByRole('button', { name: PERMISSIONS[name].description }).click();
    await picture(owner, office, '09 new role');
    await office.getByRole('button', { name: 'Create role' }).click();
    await title(office, 'Warehouse Manager');
    for (const name of WAREHOUSE_MANAGER)
      expect(await office.getByRole('button', { name: PERMISSIONS[name].description, pressed: true }).count()).toBe(1);
    await picture(owner, office, '10 role');
  });

  it('000-31, 000-35 the owner invites a member, who joins, and withdraws an invitation that was a mistake', async () => {
    await office.getByRole('link', { name: 'Team', exact: true }).click();
    for (const email of [MEMBER.email, 'wrong@northwind.example']) {
      await office.getByRole('button', { name: 'Invite' }).first().click();
      const form = office.getByRole('dialog', { name: 'Invite to Northwind' });
      await form.getByLabel('E-mail').fill(email);
      await form.getByLabel('Role').selectOption({ label: 'Warehouse Manager' });
      if (email === MEMBER.email) await picture(owner, office, '11 invite');
      await form.getByRole('button', { name: 'Send invitation' }).click();
      await office.getByRole('row', { name: new RegExp(email) }).waitFor();
    }
    await picture(owner, office, '12 invitations');
    const dead = await linkMailedTo('wrong@northwind.example');
    await office
      .getByRole('row', { name: /wrong@/ })
      .getByRole('button', { name: 'Withdraw' })
      .click();
    await office.getByRole('dialog').getByRole('button', { name: 'Withdraw' }).click();
    await office.getByRole('row', { name: /wrong@/ }).waitFor({ state: 'detached' });
    owner.expectRefusal(410, /\/auth\/invitation\//);
    const late = await owner.open(dead);
    await title(late, 'This invitation was withdrawn');
    await picture(owner, late, '13 withdrawn');
    await late.close();

    floor = await join(member, await linkMailedTo(MEMBER.email), MEMBER, '14 invitation of the member');
    await title(floor, 'Northwind');
    await picture(member, floor, '15 home of the member');
    await office.goto('/t/northwind/team');
    await office.getByRole('row', { name: /Willem Ware.*Warehouse Manager.*All stores.*Active/ }).waitFor();
    await office.getByRole('row', { name: /Nora North.*Admin.*All stores.*Active.*(now|ago)/ }).waitFor();
  });

  it('the member is served where the role has the permission', async () => {
    await floor.getByRole('link', { name: 'Inventory', exact: true }).click();
    await floor.getByRole('button', { name: 'New item' }).first().click();
    const form = floor.getByRole('dialog');
    await form.getByLabel('Name').fill('Crate');
    await form.getByLabel('SKU').fill('CRATE-1');
    await form.getByLabel(/Price/).fill('12.00');
    await form.getByRole('button', { name: 'Create item' }).click();
    await floor.getByRole('row', { name: /Crate.*CRATE-1/ }).waitFor();
    await picture(member, floor, '16 inventory');
  });

  it('the member is refused where it has not, by a page that names the permission and by the API', async () => {
    expect(await floor.getByRole('navigation').getByRole('link').allTextContents()).toEqual(['Home', 'Inventory']);
    await floor.goto('/t/northwind/team');
    await floor.getByText('You may not open this').waitFor();
    await floor.getByText('users:read').waitFor();
    await picture(member, floor, '17 forbidden');

    // The same person past the page: with the cookie of this browser, from the console of this browser.
    member.expectRefusal(403, /\/admin\/members$/);
    const refused = await floor.evaluate<unknown>(`(async () => {
      const json = { 'content-type': 'application/json', 'x-client': 'web' };
      const { token } = await (await fetch('/api/auth/refresh', { method: 'POST', headers: json, body: JSON.stringify({ tenant: 'northwind' }) })).json();
      return (await fetch('/api/admin/members', { headers: { authorization: 'Bearer ' + token } })).json();
    })()`);
    expect(refused).toMatchObject({ status: 403, code: 'permission_denied', permission: 'users:read' });
    expect(await w.runtime.metrics.expose()).toContain('rbac_denied_total{permission="users:read",resource="users",action="read"} 1');
  });

  it('each step stands in the audit log that the owner reads, in that of the platform, and in no other', async () => {
    await office.getByRole('link', { name: 'Audit', exact: true }).click();
    await office.getByRole('row', { name: /product\.created/ }).waitFor();
    const actions = await office.getByRole('row').locator('small.mono').allTextContents();
    expect(actions).toEqual(expect.arrayContaining(['tenant.created', 'tenant.activated', 'invitation.accepted', 'auth.login', 'auth.logout', 'role.created', 'member.added', 'invitation.revoked', 'product.created'])); // prettier-ignore
    await picture(owner, office, '18 audit');
    await office
      .getByRole('row', { name: /role\.created/ })
      .getByRole('button')
      .click();
    await office.getByRole('dialog').getByText('Warehouse Manager').first().waitFor();
    await picture(owner, office, '19 audit entry');

    await console_.goto('/platform/audit');
    await console_
      .getByRole('row', { name: /role\.created.*Northwind/ })
      .first()
      .waitFor();

    const other = await Visitor.at(w.url);
    const elsewhere = await other.open('/login');
    await typeSignIn(elsewhere, STRANGER);
    await elsewhere.waitForURL('**/t/harbour');
    await elsewhere.getByRole('link', { name: 'Audit', exact: true }).click();
    await elsewhere.getByRole('row', { name: /tenant\.created/ }).waitFor();
    const theirs = await elsewhere.getByRole('table').innerText();
    for (const trace of ['Northwind', 'northwind', OWNER.name, MEMBER.name, 'role.created']) expect(theirs).not.toContain(trace);
    other.expectRefusal(404, /\/auth\/refresh$/);
    await elsewhere.goto('/t/northwind/audit');
    await elsewhere.getByRole('heading', { name: 'Not found' }).waitFor();
    await picture(other, elsewhere, '20 somebody else’s tenant');
  });
});
