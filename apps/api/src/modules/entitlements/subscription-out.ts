import type { SubscriptionOut } from './subscriptions.dto.js';
import type { ItemRow, SubscriptionRow } from './subscriptions.repository.js';
import { graceUntil } from './subscription-clock.js';

const text = (at: Date | null): string | null => at?.toISOString() ?? null;

/** A subscription, as the clock has it, with its items. */
export function subscriptionOut(row: SubscriptionRow, rows: readonly ItemRow[]): SubscriptionOut {
  const items = rows.map(({ unit_amount, ...item }) => ({ ...item, unit_amount: Number(unit_amount) }));
  const { subscription_id, plan_code, status, interval, currency, cancel_at_period_end, provider } = row;
  return {
    subscription_id, plan_code, status, interval, currency, cancel_at_period_end, provider, items,
    current_period_start: row.current_period_start.toISOString(), current_period_end: row.current_period_end.toISOString(),
    trial_ends_at: text(row.trial_ends_at), past_due_since: text(row.past_due_since), grace_until: status === 'past_due' ? graceUntil(row).toISOString() : null,
    total_amount: items.reduce((sum, { quantity, unit_amount }) => sum + quantity * unit_amount, 0), created_at: row.created_at.toISOString(),
  }; // prettier-ignore
}
