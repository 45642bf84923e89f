import type { Page } from 'playwright-core';
import { describeInBrowser, picture, typeSignIn, Visitor } from '../support/browser.js';
import { auditsOf } from '../support/records.js';
import { servedWorld, type ServedWorld } from '../support/served-world.js';
import type { TestTenant } from '../support/test-tenant.js';

jest.setTimeout(30_000);

const OWNER = { email: 'olena@harbour.example', password: 'Quiet-harbour-light-58!' };
const HOSTILE = [
  '//evil.example',
  'https://evil.example/t/harbour',
  '/\\evil.example',
  '/t/harbour//evil.example',
  'javascript:alert(1)',
  '/platform',
  '/login',
];

describeInBrowser('sessions in a browser', () => {
  let w: ServedWorld;
  let harbour: TestTenant;

  beforeAll(async () => {
    // Each test from an address of its own: the limits count addresses.
    w = await servedWorld({ own_database: 'browser_session', env: { TRUST_PROXY: '127.0.0.1,::1', PLATFORM_HOSTS: 'console.localhost' } });
    harbour = await w.tenant({ slug: 'harbour', name: 'Harbour', template: 'inventory' });
    await harbour.user(OWNER);
  });

  let address = 0;
  const visitor = async (origin = w.url): Promise<Visitor> => {
    const one = await Visitor.at(origin);
    await one.context.setExtraHTTPHeaders({ 'x-forwarded-for': `198.51.100.${++address}` });
    return one;
  };
  const signedIn = async (): Promise<{ who: Visitor; page: Page }> => {
    const who = await visitor();
    const page = await who.open('/login');
    await typeSignIn(page, OWNER);
    await atHome(page);
    return { who, page };
  };
  const atHome = (page: Page): Promise<void> => page.getByRole('heading', { level: 1, name: 'Harbour', exact: true }).waitFor();
  const apiWith = (token: string): Promise<number> =>
    fetch(`${w.url}/api/auth/me`, { headers: { authorization: token } }).then(({ status }) => status);

  it('J2 the sign-in page says the same of a wrong password and of an unknown address, and lets the right one in', async () => {
    const who = await visitor();
    who.expectRefusal(401, /\/auth\/login$/);
    const page = await who.open('/login');
    const said: string[] = [];
    for (const person of [
      { ...OWNER, password: 'wrong' },
      { ...OWNER, email: 'nobody@harbour.example' },
    ]) {
      await typeSignIn(page, person);
      const failure = page.locator('[data-failure]');
      await failure.getByText('E-mail or password is not right.').waitFor();
      said.push((await failure.innerText()).replace(/\S+$/, '')); // all but the request id
      expect(await page.getByLabel('E-mail').inputValue()).toBe(person.email);
      if (said.length === 1) await picture(who, page, '1 wrong password');
      await page.getByLabel('Password', { exact: true }).fill('');
    }
    expect(said[1]).toBe(said[0]);
    expect(await auditsOf(w, harbour.tenant_id, 'auth.login_failed')).toHaveLength(1);
    await typeSignIn(page, OWNER);
    await atHome(page);
  });

  it('000-16 J2 a session survives the reload; signing out ends it in both tabs, and its old tokens are 401', async () => {
    const { who, page } = await signedIn();
    const bearer = page.waitForRequest((request) => request.headers()['authorization'] !== undefined);
    await page.reload();
    await atHome(page);
    const old = (await (await bearer).headerValue('authorization')) ?? '';
    expect(await apiWith(old)).toBe(200);
    const [cookie] = (await who.context.cookies()).filter(({ httpOnly }) => httpOnly);
    expect(cookie).toMatchObject({ httpOnly: true, sameSite: 'Strict' });
    const kept = await page.evaluate<string>('JSON.stringify([localStorage, sessionStorage, document.cookie])');
    expect(kept).not.toContain(old.replace('Bearer ', ''));
    expect(kept).not.toContain(cookie?.value);

    const second = await who.open('/t/harbour/roles');
    await second.getByRole('heading', { level: 1, name: 'Roles' }).waitFor();
    await page.getByRole('button', { name: /^Account of/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await Promise.all([page.waitForURL('**/login'), second.waitForURL('**/login')]);

    expect(await apiWith(old)).toBe(401);
    const refresh = await fetch(`${w.url}/api/auth/refresh`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: w.url, cookie: `${cookie?.name}=${cookie?.value}` },
      body: '{}',
    });
    expect(refresh.status).toBe(401);
    await second.goBack();
    await second.waitForURL('**/login**');
    expect(await second.locator('body').innerText()).not.toContain('Auditor');
  });

  it('J3 a link from outside leads over the sign-in exactly to its page', async () => {
    const who = await visitor();
    const page = await who.open('/t/harbour/team?tab=invitations');
    await page.waitForURL('**/login?**');
    await typeSignIn(page, OWNER);
    await page.waitForURL(`${w.url}/t/harbour/team?tab=invitations`);
    await page.getByText('No open invitations.').waitFor();
  });

  it('J3 a redirect to another place than a screen of ours leads home', async () => {
    const who = await visitor();
    const page = await who.open('/login');
    for (const target of HOSTILE) {
      await page.goto(`/login?redirect=${encodeURIComponent(target)}`);
      await typeSignIn(page, OWNER);
      await atHome(page);
      expect([target, page.url()]).toEqual([target, `${w.url}/t/harbour`]);
      await who.context.clearCookies();
      await page.evaluate('localStorage.clear()');
    }
  });

  it('003-16 the console is on the hosts of the platform only', async () => {
    const outside = await visitor();
    const nothing = await outside.open('/platform');
    await nothing.getByRole('heading', { name: 'Not found' }).waitFor();
    await nothing.goto('/platform/login');
    await nothing.getByRole('heading', { name: 'Not found' }).waitFor();

    const inside = await visitor(w.url.replace('localhost', 'console.localhost'));
    const page = await inside.open('/');
    await page.waitForURL('**/platform/login**');
    await page.getByText('For platform staff.').waitFor();
  });
});
