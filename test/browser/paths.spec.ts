import type { Page } from 'playwright-core';
import { ensureFirstOwner } from '../../apps/api/src/modules/ops/index.js';
import { describeInBrowser, picture, typeSignIn, Visitor } from '../support/browser.js';
import { servedWorld, type ServedWorld } from '../support/served-world.js';

jest.setTimeout(60_000);

const ADMIN = { email: 'ada@meadow.example', password: 'Clover-in-the-field-21!' };
const VIEWER = { email: 'vera@meadow.example', password: 'Clover-in-the-field-22!' };
const STAFF = { email: 'first.owner@tenantry.example', password: 'Lantern-over-water-91!' };
const SLUG = 'test-company-123';
const HOSTILE = ["'; DROP TABLE tenants; --", '../../etc/passwd'];

describeInBrowser('a company’s address', () => {
  let w: ServedWorld;

  beforeAll(async () => {
    w = await servedWorld({
      own_database: 'browser_paths',
      env: { TRUST_PROXY: '127.0.0.1,::1', FIRST_OWNER_EMAIL: STAFF.email, FIRST_OWNER_PASSWORD: STAFF.password },
    });
    await ensureFirstOwner(w.app);
    const company = await w.tenant({ slug: SLUG, name: 'Meadow Impact', template: 'cockpit' });
    await company.user({ ...ADMIN, role: 'admin' });
    await company.user({ ...VIEWER, role: 'viewer' });
    await (await w.tenant({ slug: 'harbour', name: 'Harbour', template: 'inventory' })).user();
  });

  let address = 0;
  const visitor = async (origin = w.url): Promise<Visitor> => {
    const one = await Visitor.at(origin);
    await one.context.setExtraHTTPHeaders({ 'x-forwarded-for': `198.51.100.${++address}` });
    return one;
  };
  const title = (page: Page, name: string): Promise<void> => page.getByRole('heading', { level: 1, name, exact: true }).waitFor();
  /** By way of the address itself: it leads over the sign-in and back. */
  const signedInAt = async (path: string, person: typeof ADMIN): Promise<{ who: Visitor; page: Page }> => {
    const who = await visitor();
    const page = await who.open(path);
    await page.waitForURL('**/login?**');
    await typeSignIn(page, person);
    await page.waitForURL(w.url + path);
    return { who, page };
  };
  const statusOf = (path: string, url = w.url): Promise<number> =>
    fetch(url + path, { headers: { accept: 'text/html' } }).then(({ status }) => status);

  it('[001-17] opens the dashboard of that tenant with its name in the header', async () => {
    expect(await statusOf(`/en/cockpit/${SLUG}`)).toBe(200);
    const { who, page } = await signedInAt(`/en/cockpit/${SLUG}`, VIEWER);
    await title(page, 'Meadow Impact');
    expect(await page.title()).toContain('Meadow Impact');
    expect(await page.getAttribute('html', 'lang')).toBe('en');
    await picture(who, page, '1 dashboard');
  });

  it('[001-18] of nobody, and of a tenant the person is not in, is one page with the reason and a way home', async () => {
    const { who, page } = await signedInAt(`/en/cockpit/${SLUG}`, VIEWER);
    who.expectRefusal(404, /\/auth\/refresh$/);
    const said: string[] = [];
    for (const slug of ['harbour', 'no-such-company']) {
      await page.goto(`/en/cockpit/${slug}`);
      await title(page, 'Not found');
      await page.getByText('There is nothing at this address, or it is not for you.').waitFor();
      expect(page.url()).toBe(`${w.url}/en/cockpit/${slug}`);
      said.push((await page.locator('main').innerHTML()).replaceAll(slug, ''));
    }
    expect(said[1]).toBe(said[0]);
    await picture(who, page, '2 not found');
    await page.getByRole('link', { name: 'To the start page' }).click();
    await title(page, 'Meadow Impact');
  });

  it.each(HOSTILE)('[001-19] with %s for a name is the same page, and nothing is asked of the API for it', async (name) => {
    const { who, page } = await signedInAt(`/en/cockpit/${SLUG}`, VIEWER);
    await title(page, 'Meadow Impact');
    who.expectRefusal(404, /\/cockpit\//);
    const from = w.logs.lines.length;
    const asked: string[] = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.goto(`/en/cockpit/${encodeURIComponent(name)}`);
    await title(page, 'Not found');
    expect(asked.filter((path) => path.startsWith('/api/'))).toEqual(['/api/v1/client-config']);
    const lines = w.logs.parsed().slice(from);
    expect(lines.filter(({ channel, level }) => channel === 'security' && level === 'warn')).toHaveLength(1);
    expect(lines.filter(({ level }) => level === 'error')).toEqual([]);
    await who.leave();
  });

  it('[001-21] shows a Viewer at the console which permission is missing', async () => {
    const { who, page } = await signedInAt(`/en/cockpit/${SLUG}/admin`, VIEWER);
    for (const [path, permission] of [
      ['admin', 'settings:write'],
      ['admin/api-keys', 'api_keys:read'],
      ['admin/audit', 'audit:read'],
    ]) {
      await page.goto(`/en/cockpit/${SLUG}/${path}`);
      await title(page, 'You may not open this');
      expect(await page.locator('main code').allInnerTexts()).toEqual([permission]);
    }
    await picture(who, page, '3 forbidden');
    await page.goto(`/en/cockpit/${SLUG}`);
    await title(page, 'Meadow Impact');
    expect(await page.getByRole('link', { name: 'Admin console' }).count()).toBe(0);
  });

  it('[001-22] leads an Admin to the console, its keys and its log', async () => {
    const { who, page } = await signedInAt(`/en/cockpit/${SLUG}`, ADMIN);
    await page.getByRole('link', { name: 'Admin console' }).click();
    await page.waitForURL(`**/en/cockpit/${SLUG}/admin`);
    await title(page, 'Admin console');
    await picture(who, page, '4 admin console');
    for (const [name, path] of [
      ['API keys', 'admin/api-keys'],
      ['Audit', 'admin/audit'],
    ] as const) {
      await page.locator('#main').getByRole('link', { name }).click();
      await page.waitForURL(`**/en/cockpit/${SLUG}/${path}**`);
      await title(page, name);
      await page.goto(`/en/cockpit/${SLUG}/admin`);
      await title(page, 'Admin console');
    }
  });

  describe('that is switched off', () => {
    let off: ServedWorld;
    beforeAll(async () => {
      off = await servedWorld({ database: w.database, env: { TENANT_ROUTING_ENABLED: 'false', ADMIN_CONSOLE_ENABLED: 'false' } });
    });

    it('[001-13] is 404 with the page that says so; the tenant opens at its other address', async () => {
      expect(await statusOf(`/en/cockpit/${SLUG}`, off.url)).toBe(404);
      expect(await statusOf(`/t/${SLUG}`, off.url)).toBe(200);
      const who = await visitor(off.url);
      who.expectRefusal(404, /\/cockpit\//);
      const page = await who.open(`/en/cockpit/${SLUG}`);
      await title(page, 'Not found');
      await page.goto(`/t/${SLUG}`);
      await page.waitForURL('**/login?**');
      await typeSignIn(page, ADMIN);
      await title(page, 'Meadow Impact');
    });

    it('[001-11] has no console: its pages are 404', async () => {
      const who = await visitor(off.url);
      who.expectRefusal(404, /^\/platform/);
      const page = await who.open('/platform');
      for (const path of ['/platform', '/platform/login', '/platform/mfa', '/platform/change-password']) {
        expect(await statusOf(path, off.url)).toBe(404);
        await page.goto(path);
        await title(page, 'Not found');
      }
      expect(await statusOf('/platform')).toBe(200);
    });
  });
});
