import { judgePage, type PageSwitches } from './page-path.js';

const ON: PageSwitches = { admin_console: true, tenant_routing: true };
const SLUG = 'test-company-123';
const ID = '0190b2f0-0000-7000-8000-000000000000';

describe('the address of a page', () => {
  it.each(['/', '/login', '/account/profile', '/cockpit', '/en/cockpit', `/t/${SLUG}`, `/t/${ID}/team`, `/en/cockpit/${SLUG}`, `/en/cockpit/${ID}/admin/audit`, '/platform', '/platform/tenants'])(
    '%s is shown',
    (path) => expect(judgePage(path, ON)).toBe('shown'),
  ); // prettier-ignore

  it.each([
    "'; DROP TABLE tenants; --", '../../etc/passwd', '..', '.', 'ACME', 'a_b', '-a', 'a-', 'a--b', 'acme\u0000', 'ä', '<script>', '${7*7}', ' ', 'x'.repeat(64),
  ])('names no tenant by %j', (name) => {
    for (const written of [encodeURIComponent(name), name.replaceAll(' ', '%20')])
      for (const path of [`/en/cockpit/${written}`, `/en/cockpit/${written}/admin`, `/t/${written}`, `/t/${written}/team`])
        expect([path, judgePage(path, ON)]).toEqual([path, 'malformed']);
  }); // prettier-ignore

  it.each(['/en/cockpit/', '/en/cockpit//admin', '/t/', '/t//team'])('%s names nobody', (path) => {
    expect(judgePage(path, ON)).toBe('absent');
  });

  it('of a cockpit is absent without path routing, and no other is', () => {
    const off = { ...ON, tenant_routing: false };
    for (const path of [`/en/cockpit/${SLUG}`, `/de-CH/cockpit/${SLUG}/admin`]) expect(judgePage(path, off)).toBe('absent');
    for (const path of ['/', `/t/${SLUG}`, '/platform', '/cockpit']) expect(judgePage(path, off)).toBe('shown');
    expect(judgePage("/en/cockpit/';--", off)).toBe('malformed');
  });

  it('of a console is absent where there is none, and no other is', () => {
    const off = { ...ON, admin_console: false };
    for (const path of ['/platform', '/platform/', '/platform/login', `/en/cockpit/${SLUG}/admin`, `/en/cockpit/${SLUG}/admin/api-keys`])
      expect(judgePage(path, off)).toBe('absent');
    for (const path of ['/', '/platforms', `/t/${SLUG}/api-keys`, `/en/cockpit/${SLUG}`, `/en/cockpit/${SLUG}/administrators`])
      expect(judgePage(path, off)).toBe('shown');
  });
});
