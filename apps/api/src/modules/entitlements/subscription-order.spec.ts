import type { Problem } from '#contracts/errors.js';
import { lineTexts, orderOf, type Offer, type OrderInput } from './subscription-order.js';

const offer = (plan_code: string, amount: number | null, more: Partial<Offer> = {}): [string, Offer] => [
  plan_code,
  { plan_code, is_active: true, is_addon: plan_code.startsWith('extra'), prices: amount === null ? [] : [{ currency: 'EUR', interval: 'month', amount }], ...more },
]; // prettier-ignore
const offers = new Map([
  offer('standard', 2_900),
  offer('premium', 9_900),
  offer('enterprise', null),
  offer('old', 100, { is_active: false }),
  offer('extra_users', 500),
  offer('extra_stores', 1_900),
]);
const order = (input: Partial<OrderInput>) =>
  orderOf({ plan_code: 'standard', items: [], currency: 'EUR', interval: 'month', kept: new Map(), by: 'tenant', ...input }, offers);
const refusal = (input: Partial<OrderInput>): { code: string; fields: string[] } => {
  try {
    order(input);
  } catch (error) {
    const { code, errors } = error as Problem;
    return { code, fields: errors.map(({ field }) => field) };
  }
  return { code: 'none', fields: [] };
};

describe('orderOf', () => {
  it('is the base plan and what is bought beside it, each at its price', () => {
    expect(order({ items: [{ plan_code: 'extra_users', quantity: 5 }] })).toEqual([
      { plan_code: 'standard', quantity: 1, unit_amount: 2_900 },
      { plan_code: 'extra_users', quantity: 5, unit_amount: 500 },
    ]);
  });

  it('takes the base plan among the items, as the subscription shows it', () => {
    expect(order({ items: [{ plan_code: 'standard', quantity: 1 }] })).toHaveLength(1);
  });

  it('keeps the price of what was bought, and what is no longer sold', () => {
    expect(order({ plan_code: 'old', kept: new Map([['old', 50]]) })).toEqual([{ plan_code: 'old', quantity: 1, unit_amount: 50 }]);
    expect(order({ items: [{ plan_code: 'extra_users', quantity: 9 }], kept: new Map([['extra_users', 300]]) })[1]).toMatchObject({
      quantity: 9,
      unit_amount: 300,
    });
  });

  it.each<[string, Partial<OrderInput>, string, string[]]>([
    ['no base plan', { plan_code: undefined }, 'base_plan_required', []],
    ['an add-on as base', { plan_code: 'extra_users' }, 'base_plan_required', []],
    ['two base plans', { items: [{ plan_code: 'premium', quantity: 1 }] }, 'base_plan_required', []],
    ['a base plan twice over', { items: [{ plan_code: 'standard', quantity: 2 }] }, 'base_plan_required', []],
    ['a plan that is not there', { plan_code: 'gold' }, 'unknown_plan', ['/plan_code']],
    ['one that is no longer sold', { plan_code: 'old' }, 'unknown_plan', ['/plan_code']],
    ['an add-on that is not there', { items: [{ plan_code: 'extra_users', quantity: 1 }, { plan_code: 'extra_luck', quantity: 1 }] }, 'unknown_plan', ['/items/1/plan_code']],
    ['one add-on twice', { items: [{ plan_code: 'extra_users', quantity: 1 }, { plan_code: 'extra_users', quantity: 2 }] }, 'validation_failed', ['/items/1/plan_code']],
    ['a plan that staff alone sell', { plan_code: 'enterprise' }, 'validation_failed', ['/currency']],
    ['a currency without a price', { currency: 'CHF' }, 'validation_failed', ['/currency']],
    ['an interval without a price', { interval: 'year' }, 'validation_failed', ['/currency']],
  ])('refuses %s', (_, input, code, fields) => expect(refusal(input)).toEqual({ code, fields })); // prettier-ignore

  it('lets staff sell what has no price', () => {
    expect(order({ plan_code: 'enterprise', by: 'staff' })).toEqual([{ plan_code: 'enterprise', quantity: 1, unit_amount: 0 }]);
    expect(refusal({ plan_code: 'gold', by: 'staff' }).code).toBe('unknown_plan');
  });
});

it('lineTexts', () => {
  expect(
    lineTexts([
      { plan_code: 'premium', quantity: 1 },
      { plan_code: 'extra_users', quantity: 5 },
    ]),
  ).toEqual(['extra_users × 5', 'premium']);
});
