import { nameOfKey } from './shortcuts';
import { mailFrame } from './mail-frame';
import { impliedNames, matrixOf } from './matrix';
import { parseMoney } from './money-input';
import { passwordMeets } from './password';
import { slugOf } from './slug-of';

describe('parseMoney', () => {
  it.each([
    ['12', 'EUR', 1200],
    ['12.5', 'EUR', 1250],
    ['12,50', 'EUR', 1250],
    [' 1 200.00 ', 'EUR', 120_000],
    ['0', 'EUR', 0],
    ['1500', 'JPY', 1500],
    ['1.234', 'KWD', 1234],
  ])('%j %s is %d', (text, currency, minor) => expect(parseMoney(text, currency)).toBe(minor));
  it.each(['', '-1', '1.234', '1e3', 'twelve', '1.2.3', '€5'])('%j is no amount of euros', (text) =>
    expect(parseMoney(text, 'EUR')).toBeNull(),
  );
});

it.each([
  ['Northwind Traders GmbH', 'northwind-traders-gmbh'],
  ['Österreichische Straße', 'osterreichische-strasse'],
  ['  --A & B--  ', 'a-b'],
  ['東京', ''],
])('the subdomain of %j is %j', (name, slug) => expect(slugOf(name)).toBe(slug));

describe('the permission matrix', () => {
  it('puts common actions in columns and names the others', () => {
    expect(matrixOf(['pos:sell', 'users:read', 'users:admin', 'pos:refund'])).toEqual([
      {
        resource: 'pos',
        common: {},
        others: [
          { action: 'sell', name: 'pos:sell' },
          { action: 'refund', name: 'pos:refund' },
        ],
      },
      { resource: 'users', common: { read: 'users:read', admin: 'users:admin' }, others: [] },
    ]);
  });
  it('lets administer bring the rest of its resource, not itself, not of others', () => {
    expect([...impliedNames(new Set(['users:admin']), ['users:read', 'users:write', 'users:admin', 'orders:read'])]).toEqual([
      'users:read',
      'users:write',
    ]);
  });
});

describe('password rules', () => {
  const policy = { min_length: 8, max_length: 128, classes: 'all', history: 5, max_age_days: null } as const;
  it.each(['Abcdef1!', 'Ünïcode1!', 'fourteen chars long'])('%j meets them', (password) =>
    expect(passwordMeets(policy, password)).toBe(true),
  );
  it.each(['', 'Abc1!', 'abcdefg1!', 'ABCDEFG1!', 'Abcdefgh!', 'Abcdefg1'])('%j does not', (password) =>
    expect(passwordMeets(policy, password)).toBe(false),
  );
  it('takes three classes where the policy does', () => expect(passwordMeets({ ...policy, classes: 'three' }, 'abcdefg1!')).toBe(true));
});

describe('mailFrame', () => {
  it('takes out what the policy of the page would report', () => {
    const frame = mailFrame(
      '<head><style>x</style><base href="//evil"></head><p style="a" onclick=\'b\' class="c">Hi</p><script>alert(1)</script>',
      'n0nce',
    );
    expect(frame).toContain('<p class="c">Hi</p>');
    expect(frame).not.toMatch(/alert|onclick|style="a"|evil/);
    expect(frame).toContain('<style nonce="n0nce">');
  });
});

it.each([
  [{ key: 'K', ctrlKey: true }, 'mod+k'],
  [{ key: '?' }, '?'],
  [{ key: 'Escape' }, 'Escape'],
  [{ key: 'g', metaKey: true }, 'mod+g'],
])('%j is named %s', (key, name) => expect(nameOfKey({ ctrlKey: false, metaKey: false, altKey: false, ...key })).toBe(name));
