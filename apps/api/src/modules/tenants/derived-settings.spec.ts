import { refuseDerived, refuseSettings } from './derived-settings.js';

const refusal = (see: string, ...fields: string[]) =>
  expect.objectContaining({ code: 'unknown_setting', extras: { see }, errors: fields.map((field) => expect.objectContaining({ field })) });

describe('refuseDerived', () => {
  it('lets settings of modules pass', () =>
    expect(() => refuseDerived({ stock: { negative_allowed: true }, tenants: {} }, '/settings')).not.toThrow());
  it.each([
    [{ branding: { primary_color: '#000000' } }, 'PATCH /tenant { branding }', '/settings/branding'],
    [{ features: ['pos'] }, 'PATCH /tenant/settings { features }', '/settings/features'],
    [{ limits: { max_users: 9 } }, 'PATCH /subscription', '/settings/limits'],
    [{ subdomain: 'x' }, 'PATCH /platform/tenants/{tenant_id}', '/settings/subdomain'],
    [{ platform: { legal_hold: false } }, 'staff alone', '/settings/platform'],
    [{ api_key_hash: 'abc' }, '/api-keys', '/settings/api_key_hash'],
    [{ tenants: { api_key_hash: 'abc' } }, '/api-keys', '/settings/tenants/api_key_hash'],
  ])('refuses %j and says where it is written', (settings, see, field) =>
    expect(() => refuseDerived(settings, '/settings')).toThrow(refusal(see, field)),
  );
});

it('refuseSettings refuses every setting', () => {
  expect(() => refuseSettings({ stock: {} }, '/settings')).toThrow(refusal('PATCH /tenant/settings', '/settings'));
  expect(() => refuseSettings({}, '/settings')).toThrow(refusal('PATCH /tenant/settings', '/settings'));
  expect(() => refuseSettings({ limits: {} }, '/settings')).toThrow(refusal('PATCH /subscription', '/settings/limits'));
});
