import { slugProblem } from './slug.js';

describe('tenant slugs', () => {
  it.each(['a', '0', 'acme', 'acme-2', 'a-b-c', 'x'.repeat(63), '1and1', 'a1-b2'])('takes %s', (slug) =>
    expect(slugProblem(slug)).toBeNull(),
  );
  it.each([
    '',
    '-a',
    'a-',
    'a--b',
    'A',
    'acme_2',
    'acme.2',
    'ac me',
    'é',
    'x'.repeat(64),
    'acme/',
    '../etc',
    "';drop",
    'a\n',
    '%41',
    'tenant\0',
  ])('refuses %j as invalid', (slug) => expect(slugProblem(slug)).toBe('slug_invalid'));
  it.each(['www', 'api', 'admin', 'platform', 'ops', 'login', 't', 'status', 'assets'])('refuses %s as reserved', (slug) =>
    expect(slugProblem(slug)).toBe('slug_reserved'),
  );
  it('takes a list of further reserved labels', () => expect(slugProblem('shop', new Set(['shop']))).toBe('slug_reserved'));
});
