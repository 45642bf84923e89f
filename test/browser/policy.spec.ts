import { readdirSync } from 'node:fs';
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { ensureFirstOwner } from '../../apps/api/src/modules/ops/index.js';
import { describeInBrowser, picture, typeSignIn, Visitor } from '../support/browser.js';
import { servedWorld, type ServedWorld } from '../support/served-world.js';

jest.setTimeout(120_000);

const STAFF = { email: 'first.owner@tenantry.example', password: 'Lantern-over-water-91!' };
const OWNER = { email: 'olena@harbour.example', password: 'Quiet-harbour-light-58!' };
/** Text that a page must show and never run. */
const SCRIPT = '<img src=x onerror="document.title=1">';
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src-elem 'self' 'nonce-<nonce>'",
  "style-src-attr 'none'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  'report-uri /api/v1/csp-reports',
].join('; ');

/** That nothing breaks the policy and nothing stands on the console is looked at after each test, by `test/support/browser.ts`. */
describeInBrowser('what the browser is told to refuse', () => {
  let w: ServedWorld;

  beforeAll(async () => {
    w = await servedWorld({
      own_database: 'browser_policy',
      env: { FIRST_OWNER_EMAIL: STAFF.email, FIRST_OWNER_PASSWORD: STAFF.password },
    });
    await ensureFirstOwner(w.app);
    const harbour = await w.tenant({ slug: 'harbour', name: 'Harbour', template: 'inventory' });
    const owner = await harbour.user(OWNER);
    await owner.post('/products', { name: SCRIPT, sku: 'SCRIPT', price_minor: 100 }).expect(201);
    await owner.post('/roles', { name: SCRIPT, description: SCRIPT, permissions: ['inventory:read'] }).expect(201);
    await owner.post('/admin/invitations', { email: 'karl@harbour.example', role: 'Auditor', message: SCRIPT }).expect(201);
  });

  const nonceOf = (policy: string): string => /'nonce-([^']+)'/.exec(policy)?.[1] ?? '';
  const page = (address: string): Promise<Response> => fetch(w.url + address, { headers: { accept: 'text/html' } });

  it('answers each page with exactly the policy and a nonce of its own', async () => {
    const nonces = new Set<string>();
    for (const address of ['/', '/login', '/t/harbour/team', '/platform', '/no/such/page']) {
      const answer = await page(address);
      const policy = answer.headers.get('content-security-policy') ?? '';
      const nonce = nonceOf(policy);
      expect(answer.status).toBe(200);
      expect(policy).toBe(POLICY.replace('<nonce>', nonce));
      expect(Buffer.from(nonce, 'base64')).toHaveLength(16);
      expect(Object.fromEntries(answer.headers)).toMatchObject({
        'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'referrer-policy': 'same-origin', 'cross-origin-opener-policy': 'same-origin',
        'x-frame-options': expect.stringMatching(/^(DENY|SAMEORIGIN)$/), 'permissions-policy': expect.stringContaining('camera=()'),
      }); // prettier-ignore
      const html = await answer.text();
      expect(html).toContain(nonce);
      expect(html).not.toContain('__CSP_NONCE__');
      nonces.add(nonce);
    }
    expect(nonces.size).toBe(5);
  });

  it('002-46, 002-49 sends hashed files for a year and compressed, and a missing one as a problem, never as the page', async () => {
    const script = readdirSync('dist/web/assets').find((name) => /^index-[\w-]+\.js$/.test(name)) ?? '';
    const asset = await fetch(`${w.url}/assets/${path.basename(script)}`, { headers: { 'accept-encoding': 'br' } });
    expect(asset.status).toBe(200);
    expect(Object.fromEntries(asset.headers)).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      'content-encoding': 'br',
      'content-type': 'application/javascript; charset=utf-8',
    });
    for (const [address, type] of [
      ['/assets/missing.js', 'text/html'],
      ['/api/x', 'text/html'],
      ['/api/v1/x', 'application/json'],
      ['/assets/../index.html', '*/*'],
    ] as const) {
      // prettier-ignore
      const answer = await fetch(w.url + address, { headers: { accept: type } });
      if (address.includes('..')) continue; // the client resolves it: that is the page, asked for honestly
      expect([address, answer.status, answer.headers.get('content-type')]).toEqual([
        address,
        404,
        'application/problem+json; charset=utf-8',
      ]);
      expect(await answer.json()).toMatchObject({ code: 'not_found', request_id: expect.any(String) });
    }
  });

  it('shows every screen of a tenant and of the own account, their drawers, dialogs and menus without a breach, and text as text', async () => {
    const who = await Visitor.at(w.url);
    const tab = await who.open('/login');
    await typeSignIn(tab, OWNER);
    await tab.getByRole('heading', { level: 1, name: 'Harbour', exact: true }).waitFor();
    const seen = await everyScreen(who, tab, ['/t/harbour', '/account/profile']);
    expect(seen).toEqual(expect.arrayContaining(['/t/harbour', '/t/harbour/inventory', '/t/harbour/team', '/t/harbour/roles', '/t/harbour/audit', '/account/profile'])); // prettier-ignore

    await go(tab, '/t/harbour/inventory');
    await tab.getByText(SCRIPT).first().waitFor();
    await tab.getByRole('button', { name: 'New item' }).first().click();
    await closeDialog(tab, who, 'new item');
    await go(tab, '/t/harbour/team');
    await inRow(tab, /olena@/, 'link').click();
    await closeDialog(tab, who, 'member');
    await go(tab, '/t/harbour/roles');
    await tab.getByRole('link', { name: SCRIPT }).click();
    await tab.getByRole('button', { name: 'Delete', exact: true }).click();
    await closeDialog(tab, who, 'delete a role');
    await go(tab, '/t/harbour/audit');
    await inRow(tab, /role\.created/, 'button').click();
    await closeDialog(tab);
    const account = tab.getByRole('button', { name: /^Account of/ });
    await account.click();
    await tab.getByRole('menuitem', { name: 'Keyboard shortcuts' }).click();
    await closeDialog(tab, who, 'shortcuts');
    await account.click();
    await tab.getByRole('menu').getByText('Dark', { exact: true }).click();
    expect(await tab.locator('html').getAttribute('data-mantine-color-scheme')).toBe('dark');
    await go(tab, '/t/harbour/no/such');
    await tab.getByRole('heading', { name: 'Not found' }).waitFor();
    await picture(who, tab, 'not found');
    expect(await tab.title()).not.toBe('1');
  });

  it('shows every screen of the platform without a breach, and a mail in a frame that runs nothing', async () => {
    const who = await Visitor.at(w.url);
    const tab = await who.open('/platform/login');
    await typeSignIn(tab, STAFF);
    await tab.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    const seen = await everyScreen(who, tab, ['/platform']);
    expect(seen).toEqual(expect.arrayContaining(['/platform', '/platform/tenants', '/platform/provisioning', '/platform/audit', '/platform/mailbox'])); // prettier-ignore

    await go(tab, '/platform/tenants');
    await tab.getByRole('link', { name: 'Harbour' }).click();
    await tab.getByRole('button', { name: 'Suspend' }).click();
    await closeDialog(tab, who, 'suspend');
    await go(tab, '/platform/mailbox');
    await inRow(tab, /karl@/, 'link').click();
    expect(await tab.locator('iframe').getAttribute('sandbox')).not.toContain('allow-scripts');
    const mail = tab.frameLocator('iframe');
    await mail.getByText('Accept the invitation').waitFor();
    await mail.getByText('<img src=x').waitFor();
    expect(await mail.locator('img').count()).toBe(0);
    await closeDialog(tab);
  });

  /** Opens each address that the navigation and the tabs of these pages lead to. @returns them */
  const everyScreen = async (who: Visitor, tab: Page, from: readonly string[]): Promise<string[]> => {
    const found = [...from];
    for (const address of found) {
      await go(tab, address);
      await picture(who, tab, address.slice(1).replaceAll(/\W+/g, ' '));
      for (const link of await tab.getByRole('navigation').getByRole('link').all()) {
        const [to] = ((await link.getAttribute('href')) ?? '').split('?');
        if (to && !found.includes(to)) found.push(to);
      }
    }
    return found;
  };
  const go = async (tab: Page, address: string): Promise<void> => {
    await tab.goto(address);
    await tab.getByRole('heading', { level: 1 }).waitFor();
    await tab.locator('[aria-busy=true]').first().waitFor({ state: 'detached' });
  };
  const inRow = (tab: Page, row: RegExp, role: 'link' | 'button'): Locator => tab.getByRole('row', { name: row }).getByRole(role).first();
  const closeDialog = async (tab: Page, who?: Visitor, name?: string): Promise<void> => {
    await tab.getByRole('dialog').getByRole('heading').first().waitFor();
    if (who && name) await picture(who, tab, name);
    await tab.keyboard.press('Escape');
    await tab.getByRole('dialog').waitFor({ state: 'detached' });
  };
});
