import { chooseTenant, mustBeOpen, notReadyReason, type Belonging } from './tenant-choice.js';

const in_ = (tenant_id: string, over: Partial<Belonging> = {}): Belonging => ({
  tenant_id, slug: tenant_id, name: tenant_id, status: 'active', access: 'full', membership: 'active', mfa_required: false, is_owner: false, settings: null, roles: [], ...over,
}); // prettier-ignore
const code = (work: () => unknown): string => {
  try {
    work();
    return 'ok';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('chooseTenant without a hint', () => {
  it.each<[string, Belonging[], string | null]>([
    ['one membership: that tenant', [in_('a')], 'a'],
    ['two: none, no default', [in_('a'), in_('b')], null],
    ['one active, one suspended: the active one', [in_('a', { membership: 'suspended' }), in_('b')], 'b'],
    ['a tenant that is closed still counts', [in_('a', { access: 'closed' }), in_('b')], null],
  ])('%s', (_, belongings, chosen) => expect(chooseTenant(belongings, [])?.tenant_id ?? null).toBe(chosen));

  it('refuses who belongs nowhere, and says so when the membership is only suspended', () => {
    expect(code(() => chooseTenant([], []))).toBe('no_membership');
    expect(code(() => chooseTenant([in_('a', { membership: 'suspended' })], []))).toBe('membership_suspended');
  });
});

describe('chooseTenant with hints', () => {
  const both = [in_('a'), in_('b')];
  it.each<[string, Parameters<typeof chooseTenant>[1], string]>([
    ['one of several', [{ tenant_id: 'b' }], 'ok'],
    ['two that agree', [{ tenant_id: 'b' }, { tenant_id: 'b' }], 'ok'],
    ['two that disagree', [{ tenant_id: 'a' }, { tenant_id: 'b' }], 'not_found'],
    ['a tenant of others', [{ tenant_id: 'c' }], 'not_found'],
    ['a name that no tenant has', ['unknown'], 'not_found'],
    ['one known, one unknown', [{ tenant_id: 'a' }, 'unknown'], 'not_found'],
  ])('%s', (_, hints, result) => expect(code(() => chooseTenant(both, hints))).toBe(result));

  it('tells a suspended membership', () =>
    expect(code(() => chooseTenant([in_('a', { membership: 'suspended' })], [{ tenant_id: 'a' }]))).toBe('membership_suspended'));
});

it('refuses by the state of the tenant', () => {
  expect(['full', 'read_only', 'not_ready', 'restricted', 'closed'].map((access) => code(() => mustBeOpen(in_('a', { access: access as Belonging['access'] }))))).toEqual([
    'ok', 'ok', 'ok', 'tenant_suspended', 'tenant_archived',
  ]); // prettier-ignore
  expect([code(() => mustBeOpen({ access: 'closed', is_owner: true })), code(() => mustBeOpen({ access: 'restricted', is_owner: true }))]).toEqual(['ok', 'tenant_suspended']); // prettier-ignore
  expect([notReadyReason({ status: 'provisioning' }), notReadyReason({ status: 'failed' })]).toEqual([
    'provisioning',
    'provisioning_failed',
  ]);
});
