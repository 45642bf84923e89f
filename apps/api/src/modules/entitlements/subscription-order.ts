import { fail, invalid, type FieldError, type Problem } from '#contracts/errors.js';
import type { PlanRow } from './plans.repository.js';

export interface WantedItem {
  readonly plan_code: string;
  readonly quantity: number;
}
export type Offer = Pick<PlanRow, 'plan_code' | 'is_active' | 'is_addon' | 'prices'>;

export interface OrderInput {
  readonly plan_code: string | undefined;
  /** Add-ons. The base plan may stand among them, once. */
  readonly items: readonly WantedItem[];
  readonly currency: string;
  readonly interval: string;
  /** What was bought before, at the price of then: it stays at that price, and stays possible when it is no longer sold. */
  readonly kept: ReadonlyMap<string, number>;
  /** Staff sell what has no price in the list, for nothing in the books: the invoice is theirs. */
  readonly by: 'tenant' | 'staff';
}
export interface OrderLine extends WantedItem {
  /** Minor units. */
  readonly unit_amount: number;
}

/**
 * What is bought, base plan first: exactly one base plan, each add-on once, each at one price. Pure.
 * @throws Problem base_plan_required, unknown_plan or validation_failed
 */
export function orderOf(input: OrderInput, offers: ReadonlyMap<string, Offer>): OrderLine[] {
  const { plan_code, items, kept } = input;
  if (plan_code === undefined) throw fail('base_plan_required');
  const sold = (code: string): Offer | null => {
    const offer = offers.get(code);
    return offer && (offer.is_active || kept.has(code)) ? offer : null;
  };
  const unknown = [
    ...(sold(plan_code) ? [] : ['/plan_code']),
    ...items.flatMap((item, i) => (sold(item.plan_code) ? [] : [`/items/${i}/plan_code`])),
  ];
  if (unknown.length) throw refused(unknown, 'unknown_plan', 'There is no such plan.', 'unknown_plan');
  if (sold(plan_code)?.is_addon) throw fail('base_plan_required');
  const add_ons = items.filter((item) => item.plan_code !== plan_code);
  if (add_ons.some((item) => !sold(item.plan_code)?.is_addon)) throw fail('base_plan_required');
  if (items.some((item) => item.plan_code === plan_code && item.quantity !== 1)) throw fail('base_plan_required');
  const twice = items.flatMap((item, i) =>
    items.findIndex((other) => other.plan_code === item.plan_code) < i ? [`/items/${i}/plan_code`] : [],
  );
  if (twice.length) throw refused(twice, 'repeated', 'Name each add-on once.');
  return [{ plan_code, quantity: 1 }, ...add_ons].map((item) => ({ ...item, unit_amount: amountOf(item.plan_code, input, offers) }));
}

function amountOf(code: string, { kept, currency, interval, by }: OrderInput, offers: ReadonlyMap<string, Offer>): number {
  const frozen = kept.get(code);
  if (frozen !== undefined) return frozen;
  const price = offers.get(code)?.prices.find((one) => one.currency === currency && one.interval === interval);
  if (price) return price.amount;
  if (by === 'staff') return 0;
  throw refused(['/currency'], 'not_sold', 'This plan is not sold in this currency and interval.');
}

const refused = (fields: readonly string[], code: string, message: string, problem: 'validation_failed' | 'unknown_plan' = 'validation_failed'): Problem =>
  invalid(fields.map((field): FieldError => ({ field, code, message })), problem); // prettier-ignore

/** For the audit log: `premium`, `extra_users × 5`. */
export const lineTexts = (lines: readonly WantedItem[]): string[] =>
  lines.map(({ plan_code, quantity }) => (quantity === 1 ? plan_code : `${plan_code} × ${quantity}`)).sort();
