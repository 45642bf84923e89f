import type { Plan, Subscription } from '../../lib/types';

/** Minor units of one period; null: not sold in this currency and interval. */
export function priceOf(plan: Plan, interval: Subscription['interval'], currency: string): number | null {
  return plan.prices.find((price) => price.interval === interval && price.currency === currency)?.amount ?? null;
}

/** Of the plan and what is bought beside it; null when a price of it is missing. */
export function totalOf(
  plans: readonly Plan[],
  chosen: { readonly plan_code: string; readonly items: readonly { plan_code: string; quantity: number }[] },
  interval: Subscription['interval'],
  currency: string,
): number | null {
  const lines = [{ plan_code: chosen.plan_code, quantity: 1 }, ...chosen.items];
  const amounts = lines.map(({ plan_code, quantity }) => {
    const plan = plans.find((one) => one.plan_code === plan_code);
    const price = plan === undefined ? null : priceOf(plan, interval, currency);
    return price === null ? null : price * quantity;
  });
  return amounts.includes(null) ? null : amounts.reduce<number>((sum, amount) => sum + (amount ?? 0), 0);
}

/** The cheapest first; what has no price, and is sold by staff alone, last. */
export function byPrice(plans: readonly Plan[], interval: Subscription['interval'], currency: string): Plan[] {
  const amount = (plan: Plan): number => priceOf(plan, interval, currency) ?? Infinity;
  return [...plans].sort((a, b) => (amount(a) === amount(b) ? 0 : amount(a) - amount(b)));
}
