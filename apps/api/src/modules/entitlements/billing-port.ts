import { Injectable } from '@nestjs/common';
import type { BillingInterval } from '#contracts/modules.js';
import type { SubscriptionStatus } from './subscription-clock.js';

/** What is about to be bought, as a provider of payments has to know it. */
export interface BillingOrder {
  readonly tenant_id: string;
  readonly interval: BillingInterval;
  readonly currency: string;
  readonly items: readonly { readonly plan_code: string; readonly quantity: number }[];
}

/**
 * Who takes the money. `begin` is called before the transaction that writes the subscription, never inside it: it may be a call over the
 * network.
 */
export abstract class BillingPort {
  /** As `subscriptions.provider` has it. */
  abstract readonly provider: 'manual';
  /** Does a period that ends go on by itself? False: it is overdue until the provider says that it was paid. */
  abstract readonly renews: boolean;
  /** Words of the provider → ours. A word that is not here changes nothing. */
  abstract readonly states: Readonly<Record<string, SubscriptionStatus>>;
  abstract begin(order: BillingOrder): Promise<{ readonly status: 'active' | 'past_due'; readonly provider_ref: string | null }>;
}

/**
 * Nobody is asked: what is bought counts at once and renews, and staff, who send the invoices, say when one was not paid or when it was
 * (`PUT /platform/tenants/{tenant_id}/entitlements`). So an installation that sells nothing never locks a tenant out.
 */
@Injectable()
export class ManualBilling extends BillingPort {
  override readonly provider = 'manual';
  override readonly renews = true;
  override readonly states = { active: 'active', past_due: 'past_due', cancelled: 'cancelled' } as const;
  override begin(): Promise<{ status: 'active'; provider_ref: null }> {
    return Promise.resolve({ status: 'active', provider_ref: null });
  }
}
