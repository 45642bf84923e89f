import type { Plan } from '../../lib/types';
import { byPrice, priceOf, totalOf } from './plan-price';

const plan = (plan_code: string, amount: number): Plan => ({
  plan_code,
  name: plan_code,
  is_addon: false,
  modules: [],
  limits: {},
  trial_days: 0,
  prices: [{ currency: 'EUR', interval: 'month', amount }],
});
const PREMIUM = plan('premium', 9_900);
const PLANS = [PREMIUM, plan('extra_users', 500)];

it('finds the price of an interval and a currency, and none for another', () => {
  expect(priceOf(PREMIUM, 'month', 'EUR')).toBe(9_900);
  expect(priceOf(PREMIUM, 'year', 'EUR')).toBeNull();
  expect(priceOf(PREMIUM, 'month', 'USD')).toBeNull();
});
it('adds what is bought beside the plan, and says nothing when a price is missing', () => {
  const items = [{ plan_code: 'extra_users', quantity: 3 }];
  expect(totalOf(PLANS, { plan_code: 'premium', items }, 'month', 'EUR')).toBe(11_400);
  expect(totalOf(PLANS, { plan_code: 'gone', items }, 'month', 'EUR')).toBeNull();
});
it('lists the cheapest first and what has no price last', () => {
  const free = plan('free', 0);
  const enterprise = { ...plan('enterprise', 0), prices: [] };
  expect(byPrice([enterprise, PREMIUM, free], 'month', 'EUR').map((one) => one.plan_code)).toEqual(['free', 'premium', 'enterprise']);
});
