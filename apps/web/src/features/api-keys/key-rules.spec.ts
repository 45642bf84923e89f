import { curlFor, keyScopes, networksOf } from './key-rules';

it('leaves out what no key may carry', () =>
  expect(
    keyScopes(
      ['inventory:read', 'api_keys:write', 'api_keys:read', 'users:admin', 'tenants:admin', 'billing:write'].map((permission_id) => ({
        permission_id,
      })),
    ),
  ).toEqual([{ permission_id: 'inventory:read' }, { permission_id: 'api_keys:read' }]));

it.each([
  ['', []],
  ['203.0.113.0/24', ['203.0.113.0/24']],
  ['203.0.113.7, 2001:db8::/32\n203.0.113.7', ['203.0.113.7', '2001:db8::/32']],
])('networks of %j', (typed, list) => expect(networksOf(typed)).toEqual(list));

it('names the origin and no secret', () => {
  expect(curlFor('https://app.example')).toContain('https://app.example/api/v1/auth/me');
  expect(curlFor('https://app.example')).toContain('$TENANTRY_API_KEY');
});
