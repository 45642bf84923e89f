import { Problem } from '#contracts/errors.js';
import { wantedNetworks, wantedScopes } from './key-request.js';

const refusal = (work: () => unknown): Problem => {
  try {
    work();
  } catch (error) {
    return error as Problem;
  }
  throw new Error('it was not refused');
};

describe('scopes', () => {
  it('come with all that they imply', () => {
    expect(wantedScopes(['orders:read'])).toEqual(['orders:read']);
    expect(wantedScopes(['orders:admin'])).toEqual(['orders:admin', 'orders:delete', 'orders:read', 'orders:write']);
  });

  it('exist', () =>
    expect(refusal(() => wantedScopes(['orders:read', 'orders:eat', '*']))).toMatchObject({
      code: 'unknown_permission',
      extras: { permissions: ['orders:eat', '*'] },
    }));

  it.each(['api_keys:write', 'users:admin', 'tenants:admin', 'billing:write'])('never are %s', (scope) =>
    expect(refusal(() => wantedScopes(['orders:read', scope]))).toMatchObject({
      code: 'validation_failed',
      errors: [{ field: '/scopes/1', code: 'not_for_keys' }],
    }),
  );
});

describe('networks', () => {
  it.each(['203.0.113.7', '203.0.113.7/24', '0.0.0.0/0', '2001:db8::1', '2001:DB8::/32', '::/0', ' 10.0.0.0/8 '])('%j is one', (text) =>
    expect(wantedNetworks([text])).toEqual([text.trim()]),
  );

  it.each(['', 'example.com', '203.0.113.0/33', '203.0.113.0/24/8', '203.0.113', '2001:db8::/129', 'fe80::1%eth0', '1.2.3.4/x', '0x7f.1'])(
    '%j is none',
    (text) =>
      expect(refusal(() => wantedNetworks(['10.0.0.0/8', text]))).toMatchObject({ errors: [{ field: '/ip_cidrs/1', code: 'not_valid' }] }),
  );
});
