import { isTenantRef, safeRedirect } from './redirect';

const ORIGIN = 'https://app.example';
const HOSTILE: readonly unknown[] = [
  undefined,
  null,
  7,
  '',
  ' ',
  'https://evil.example',
  'https://app.example/t/harbour',
  'HTTPS://evil.example',
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  'data:text/html,x',
  'vbscript:x',
  '//evil.example',
  '///evil.example',
  '////evil.example/t/harbour',
  '/\\evil.example',
  '\\/evil.example',
  '\\\\evil.example',
  '/\t/evil.example',
  '/\n/evil.example',
  '/\r/evil.example',
  '\t//evil.example',
  ' /t/harbour',
  '/t/harbour\u0000',
  '/t/harbour\u2028',
  '\ufeff/t/harbour',
  '/%2f%2fevil.example',
  '/%2Fevil.example',
  '/t/%2e%2e/login',
  '/t/harbour/../../login',
  '/t/a/..//evil.example',
  '/./t/harbour',
  '/t//evil.example',
  '/t/harbour@evil.example',
  '/@evil.example',
  '/login',
  '/login?redirect=/t/harbour',
  '/platform',
  '/platform/tenants',
  '/invite#tninv_x',
  '/reset',
  '/api/v1/me',
  '/assets/x.js',
  '/unknown',
  "/t/'; DROP TABLE",
  '/t/HARBOUR',
  '/en/cockpit/HARBOUR',
  '/en/cockpit/',
  '/english/cockpit/harbour',
  '/platform/cockpit/harbour',
  `/t/harbour?x=${'a'.repeat(3000)}`,
  '/t/harbour;@evil.example',
  '/t/',
  '?redirect=/t/harbour',
  '#/t/harbour',
];

describe('safeRedirect', () => {
  it('knows at least 40 hostile values', () => expect(HOSTILE.length).toBeGreaterThanOrEqual(40));

  it.each(HOSTILE.map((value) => [value]))('ignores %j', (value) => {
    expect(safeRedirect(value, 'tenant', ORIGIN)).toBeNull();
  });

  it.each([
    '/t/harbour',
    '/t/harbour/team',
    '/en/cockpit/harbour',
    '/de-CH/cockpit/harbour/admin/audit?severity=critical',
    '/t/harbour/audit?outcome=denied&since=24h',
    '/t/0192f0c1-7a00-7000-8000-000000000001/roles',
    '/account/profile',
    '/select-tenant',
  ])('keeps %s', (value) => {
    expect(safeRedirect(value, 'tenant', ORIGIN)).toBe(value);
  });

  it('drops a fragment: it may hold a token of another page', () => {
    expect(safeRedirect('/t/harbour#x', 'tenant', ORIGIN)).toBe('/t/harbour');
  });

  it('keeps the realms apart', () => {
    expect(safeRedirect('/platform/tenants?status=failed', 'platform', ORIGIN)).toBe('/platform/tenants?status=failed');
    expect(safeRedirect('/t/harbour', 'platform', ORIGIN)).toBeNull();
    expect(safeRedirect('/platform/login', 'platform', ORIGIN)).toBeNull();
    expect(safeRedirect('/platform/change-password', 'platform', ORIGIN)).toBeNull();
  });
});

describe('isTenantRef', () => {
  it.each(['harbour', 'a', '7', 'north-wind', '0192f0c1-7a00-7000-8000-000000000001'])('accepts %s', (value) =>
    expect(isTenantRef(value)).toBe(true),
  );
  it.each(["'; DROP TABLE tenants;--", '..', '../..', 'Harbour', '-a', 'a-', 'a--b', 'a.b', '', ' ', 'a b', 'a/b', 'ä', 'a'.repeat(64)])(
    'refuses %j',
    (value) => expect(isTenantRef(value)).toBe(false),
  );
});
