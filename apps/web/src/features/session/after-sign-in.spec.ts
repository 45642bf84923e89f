import { afterSignIn } from './after-sign-in';

const ORIGIN = 'https://app.example';
const tenant = { tenant_id: 'x', slug: 'harbour', name: 'Harbour', status: 'active' };

describe('afterSignIn', () => {
  it('goes where the person wanted to go, exactly', () =>
    expect(afterSignIn('tenant', { next: null, tenant }, '/t/harbour/audit?outcome=denied', ORIGIN)).toBe(
      '/t/harbour/audit?outcome=denied',
    ));
  it('goes home without a wish, or with a hostile one', () => {
    expect(afterSignIn('tenant', { next: null, tenant }, undefined, ORIGIN)).toBe('/t/harbour');
    expect(afterSignIn('tenant', { next: null, tenant }, '//evil.example', ORIGIN)).toBe('/t/harbour');
    expect(afterSignIn('tenant', { next: null, tenant }, '/platform', ORIGIN)).toBe('/t/harbour');
    expect(afterSignIn('platform', { next: null, tenant: null }, '/t/harbour', ORIGIN)).toBe('/platform');
  });
  it('lets the person choose among several tenants', () =>
    expect(afterSignIn('tenant', { next: 'choose_tenant', tenant: null }, undefined, ORIGIN)).toBe('/select-tenant'));
  it('changes the password first and keeps the wish', () => {
    expect(afterSignIn('tenant', { next: 'change_password', tenant }, '/t/harbour/team', ORIGIN)).toBe(
      '/change-password?redirect=%2Ft%2Fharbour%2Fteam',
    );
    expect(afterSignIn('platform', { next: 'change_password', tenant: null }, undefined, ORIGIN)).toBe('/platform/change-password');
  });
  it('asks for the second factor, or for its set-up, and keeps the wish', () => {
    expect(afterSignIn('tenant', { next: 'mfa', tenant: null }, '/t/harbour/team', ORIGIN)).toBe(
      '/login/mfa?redirect=%2Ft%2Fharbour%2Fteam',
    );
    expect(afterSignIn('tenant', { next: 'mfa_setup', tenant }, undefined, ORIGIN)).toBe('/login/mfa');
    expect(afterSignIn('platform', { next: 'mfa', tenant: null }, undefined, ORIGIN)).toBe('/platform/mfa');
  });
});
