import { changedFeatures, changesOf, codesOf, passwordPolicyOf, wantedSwitches } from './settings-change.js';

describe('wantedSwitches', () => {
  it('takes any case and the words of the seeds, in either list', () => {
    const { modules, features } = wantedSwitches({
      modules: { POS: true, ' Products ': false, SSO: true },
      features: { ANALYTICS: true, users: true },
    });
    expect(Object.fromEntries(modules)).toEqual({ pos: true, catalog: false, reports: true, rbac: true });
    expect(Object.fromEntries(features)).toEqual({ sso: true });
  });

  it('refuses names that are none, values that are no flags, and a contradiction', () => {
    expect(() => wantedSwitches({ modules: { CRM: true, 'x/y': true } })).toThrow(
      expect.objectContaining({ code: 'unknown_module', extras: { names: ['CRM', 'x/y'] } }),
    );
    const invalid = (field: string, code: string) =>
      expect.objectContaining({ code: 'validation_failed', errors: [expect.objectContaining({ field, code })] });
    expect(() => wantedSwitches({ modules: { pos: 'yes' } })).toThrow(invalid('/modules/pos', 'is_boolean'));
    expect(() => wantedSwitches({ modules: { dashboard: true, reports: false } })).toThrow(invalid('/modules/reports', 'contradicts'));
    expect(wantedSwitches({ modules: { dashboard: true, reports: true } }).modules.size).toBe(1);
  });
});

it('changedFeatures names those that differ', () => {
  const rows = [{ feature_code: 'sso', module_code: 'identity', name: 'SSO', is_active: false, enabled: null }];
  expect([...changedFeatures(rows, new Map([['sso', true]]))]).toEqual([['sso', true]]);
  expect([...changedFeatures(rows, new Map([['sso', false]]))]).toEqual([]);
  expect(() => changedFeatures(rows, new Map([['other', true]]))).toThrow(expect.objectContaining({ code: 'unknown_module' }));
});

describe('changesOf and codesOf', () => {
  const before = { settings: { stock: { days: 3, kept: 1 }, gone: {} }, mfa_required: false };
  it('say nothing of nothing', () => expect(changesOf(before, before, new Map(), new Map())).toEqual([]));
  it('give values to the audit row and names to the event', () => {
    const after = { settings: { stock: { days: 5, kept: 1 }, tenants: { allow_support_write: true }, gone: {} }, mfa_required: true };
    const changes = changesOf(before, after, new Map([['pos', false]]), new Map([['sso', true]]));
    expect(changes).toEqual([
      { field: 'modules', from: { pos: true }, to: { pos: false } },
      { field: 'features', from: { sso: false }, to: { sso: true } },
      {
        field: 'settings',
        from: { 'stock.days': 3, 'tenants.allow_support_write': null },
        to: { 'stock.days': 5, 'tenants.allow_support_write': true },
      },
      { field: 'mfa_required', from: false, to: true },
    ]);
    expect(codesOf(changes)).toEqual([
      'features.sso',
      'mfa_required',
      'modules.pos',
      'settings.stock.days',
      'settings.tenants.allow_support_write',
    ]);
  });
});

it('passwordPolicyOf is never weaker than the platform', () => {
  const platform = passwordPolicyOf({});
  expect(passwordPolicyOf({ identity: { password_policy: { min_length: 2, history: 0 } } })).toEqual(platform);
  expect(passwordPolicyOf({ identity: { password_policy: { min_length: 12 } } })).toEqual({ ...platform, min_length: 12 });
});
