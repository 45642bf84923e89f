import type { Config } from '../config/index.js';
import { CallerHosts, clientKind, matchesETag, readCookie, RefreshCookie, type Caller } from './caller.js';
import type { TenantResolver } from './types.js';

const config = (over: Partial<Config> = {}) =>
  ({ production: false, public_url: 'http://localhost:3000', cors_origin: ['https://shop.example'], ...over }) as Config;

function caller(over: Partial<Caller> & { cookies?: string } = {}): Caller & { readonly lines: string[] } {
  const lines: string[] = [];
  return {
    kind: 'web', facts: { request_id: 'r', ip: '127.0.0.1', user_agent: '', method: 'POST', route: '/' }, host: 'localhost:3000', https: false, origin: 'http://localhost:3000',
    bearer: null, credential: null, tenantHint: () => null, hasVersion: () => false,
    cookie: (name) => readCookie(over.cookies, name),
    setCookie: (line) => void lines.push(line),
    lines,
    ...over,
  }; // prettier-ignore
}

describe('cookies', () => {
  it.each([
    ['a=1; tenantry_refresh=tok', 'tok'],
    ['__Host-tenantry_refresh=other; tenantry_refresh=tok', 'tok'],
    ['tenantry_refresh=', null],
    ['xtenantry_refresh=tok', null],
    [undefined, null],
  ])('%j', (header, token) => expect(readCookie(header, 'tenantry_refresh')).toBe(token));

  it('takes the body before the cookie, and the cookie only from a page of ours', () => {
    const cookie = new RefreshCookie('tenantry_refresh', config());
    const cookies = 'tenantry_refresh=tok';
    expect(cookie.read(caller({ cookies, origin: 'https://evil.example' }), 'mine')).toBe('mine');
    expect(cookie.read(caller({ cookies }), undefined)).toBe('tok');
    expect(cookie.read(caller({ cookies, origin: 'https://shop.example' }), undefined)).toBe('tok');
    expect(cookie.read(caller({ cookies, host: 'acme.localhost:3000', origin: 'http://acme.localhost:3000' }), undefined)).toBe('tok');
    for (const origin of [null, 'null', 'https://evil.example', 'https://localhost:3000', 'http://localhost'])
      expect(() => cookie.read(caller({ cookies, origin }), undefined)).toThrow(expect.objectContaining({ code: 'origin_refused' }));
    expect(cookie.read(caller({ origin: null }), undefined)).toBeNull();
  });

  it('is HttpOnly and SameSite=Strict everywhere, and __Host- with Secure wherever https is meant', () => {
    const plain = caller();
    new RefreshCookie('tenantry_refresh', config()).keep(plain, 'tok', 60);
    expect(plain.lines).toEqual(['tenantry_refresh=tok; Max-Age=60; Path=/; HttpOnly; SameSite=Strict']);
    for (const [over, of] of [
      [{ production: true }, {}],
      [{ public_url: 'https://app.example' }, {}],
      [{}, { https: true }],
    ] as const) {
      const secure = caller(of);
      new RefreshCookie('tenantry_refresh', config(over)).keep(secure, 'tok', 60);
      expect(secure.lines).toEqual(['__Host-tenantry_refresh=tok; Max-Age=60; Path=/; HttpOnly; Secure; SameSite=Strict']);
    }
  });

  it('is taken away only where it is', () => {
    const cookie = new RefreshCookie('tenantry_refresh', config());
    const without = caller();
    const with_ = caller({ cookies: 'tenantry_refresh=tok' });
    cookie.forget(without);
    cookie.forget(with_);
    expect(without.lines).toEqual([]);
    expect(with_.lines).toEqual([expect.stringMatching(/^tenantry_refresh=; Max-Age=0;/)]);
  });
});

it.each([
  ['web', 'web'],
  ['native', 'native'],
  ['WEB', 'api'],
  [undefined, 'api'],
  [['web', 'web'], 'api'],
] as const)('X-Client %j is %s', (header, kind) => expect(clientKind(header as string | undefined)).toBe(kind));

it.each([
  ['"v1"', true],
  ['W/"v1"', true],
  ['"v0", "v1"', true],
  ['v1', false],
  ['"v2"', false],
  [undefined, false],
])('If-None-Match %j', (header, has) => expect(matchesETag(header, 'v1')).toBe(has));

describe('CallerHosts.mustBePlatform', () => {
  const hosts = (over: Partial<Config>) =>
    new CallerHosts(
      config({ root_domain: 'shop.example', tenant_subdomain_enabled: true, reserved_subdomains: [], ...over }),
      { byHost: () => Promise.resolve(null) } as unknown as TenantResolver,
    ); // prettier-ignore
  const at = (host: string, platform_host_list: readonly string[]): Promise<string> =>
    hosts({ platform_host_list }).mustBePlatform(caller({ host })).then(
      () => 'ok',
      (error: { code: string }) => error.code,
    ); // prettier-ignore

  it('lets in on a host of the list, and says when there is no list at all', async () => {
    expect(await at('console.example', ['console.example'])).toBe('ok');
    expect(await at('other.example', ['console.example'])).toBe('platform_host_required');
    expect(await at('console.example', [])).toBe('platform_hosts_unset');
    expect(await at('acme.shop.example', [])).toBe('platform_host_required');
  });
});
