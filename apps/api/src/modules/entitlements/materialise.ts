import { LIMIT_CODES, type LimitCode, type Limits } from '#contracts/modules.js';
import type { EntitlementStatus } from './entitlement-state.js';
import { graceUntil, settled, trialEnd, type SubscriptionTerms } from './subscription-clock.js';

/** What a row of `plans` gives. Codes that this release does not know are left aside. */
export interface PlanTerms {
  readonly modules: readonly string[];
  /** null: no limit; a code that is not named gives nothing. */
  readonly limits: Readonly<Record<string, number | null>>;
  /** Instead of `limits`, while it is a trial. */
  readonly trial_limits: Readonly<Record<string, number | null>>;
}

/** What staff give or take beside the plan. A limit is replaced by `value` (null: none); a module is added or taken away. */
export interface Override {
  readonly kind: 'limit' | 'module';
  readonly code: string;
  readonly value: number | null;
  readonly allowed: boolean | null;
  readonly expires_at: Date | null;
}

export interface Facts {
  /** The live subscription, or the last one. null: there never was one. */
  readonly subscription: (SubscriptionTerms & { readonly plan_code: string }) | null;
  readonly plan: PlanTerms | null;
  readonly add_ons: readonly { readonly plan: PlanTerms; readonly quantity: number }[];
  readonly overrides: readonly Override[];
}

export interface Entitlement {
  readonly plan_code: string | null;
  readonly status: Exclude<EntitlementStatus, 'none'>;
  readonly modules: readonly string[];
  readonly limits: Limits;
  readonly period_end: Date | null;
  readonly trial_ends_at: Date | null;
  readonly grace_until: Date | null;
  /** The earliest moment at which time alone changes this; null: none will. */
  readonly valid_until: Date | null;
  /** `override`: an override counts at the moment. `manual`: staff gave it without any subscription. */
  readonly source: 'subscription' | 'override' | 'manual';
}

/**
 * Plan + items + overrides + clock → what the tenant has. Pure, and the only place where these rules live. null: nothing at all, and no
 * row says so. Whoever has let a subscription end keeps its modules and limits under a status that closes writing, so that reading and
 * export of one's own data stay possible.
 *
 * @param renews does a period that ends go on by itself? (`BillingPort.renews`)
 */
export function materialise(facts: Facts, now: Date, renews: boolean): Entitlement | null {
  const subscription = facts.subscription && settled(facts.subscription, now, renews);
  const live = facts.overrides.filter(({ expires_at }) => expires_at === null || expires_at > now);
  if (!subscription && live.length === 0) return null;
  const { status, ...clocks } = subscription ? statusOf(subscription, now) : WITHOUT_SUBSCRIPTION;
  return {
    plan_code: subscription?.plan_code ?? null,
    status,
    modules: modulesOf(facts, live),
    limits: limitsOf(facts, live, subscription !== null && isTrial(subscription)),
    period_end: subscription?.current_period_end ?? null,
    trial_ends_at: clocks.trial_ends_at,
    grace_until: clocks.grace_until,
    valid_until: earliest([clocks.ends, ...live.map(({ expires_at }) => expires_at)], now),
    source: !subscription ? 'manual' : live.length > 0 ? 'override' : 'subscription',
  };
}

interface Clocks {
  readonly status: Entitlement['status'];
  readonly trial_ends_at: Date | null;
  readonly grace_until: Date | null;
  /** When this status ends or has to be looked at again. */
  readonly ends: Date | null;
}
const WITHOUT_SUBSCRIPTION: Clocks = { status: 'active', trial_ends_at: null, grace_until: null, ends: null };

/** A trial that is over stays one: what it gave is what is read. */
const isTrial = ({ status }: SubscriptionTerms): boolean => status === 'trialing' || status === 'expired';

function statusOf(subscription: SubscriptionTerms, now: Date): Clocks {
  const none = { trial_ends_at: null, grace_until: null, ends: null };
  switch (subscription.status) {
    case 'trialing':
      return { ...none, status: 'trial', trial_ends_at: trialEnd(subscription), ends: trialEnd(subscription) };
    case 'expired':
      return { ...none, status: 'expired', trial_ends_at: trialEnd(subscription) };
    case 'active':
      return { ...none, status: 'active', ends: subscription.current_period_end };
    case 'past_due': {
      const grace_until = graceUntil(subscription);
      const leaves = subscription.cancel_at_period_end ? subscription.current_period_end : null;
      return { ...none, status: grace_until > now ? 'past_due' : 'suspended', grace_until, ends: earliest([grace_until, leaves], now) };
    }
    case 'cancelled':
      return { ...none, status: 'expired' };
  }
}

function modulesOf({ plan, add_ons }: Facts, overrides: readonly Override[]): string[] {
  const modules = new Set([...(plan?.modules ?? []), ...add_ons.flatMap((add_on) => add_on.plan.modules)]);
  for (const { kind, code, allowed } of overrides) {
    if (kind !== 'module') continue;
    if (allowed) modules.add(code);
    else modules.delete(code);
  }
  return [...modules].sort();
}

function limitsOf({ plan, add_ons }: Facts, overrides: readonly Override[], trial: boolean): Limits {
  const given = { ...plan?.limits, ...(trial ? plan?.trial_limits : {}) };
  const limits = Object.fromEntries(
    LIMIT_CODES.map((code): [LimitCode, number | null] => {
      const base = given[code] === undefined ? 0 : given[code];
      if (base === null) return [code, null];
      return [code, add_ons.reduce((sum, { plan: { limits: each }, quantity }) => sum + (each[code] ?? 0) * quantity, base)];
    }),
  ) as Record<LimitCode, number | null>;
  for (const { kind, code, value } of overrides) if (kind === 'limit' && code in limits) limits[code as LimitCode] = value;
  return limits;
}

function earliest(moments: readonly (Date | null)[], now: Date): Date | null {
  const ahead = moments.filter((moment) => moment !== null && moment > now).map((moment) => Number(moment));
  return ahead.length === 0 ? null : new Date(Math.min(...ahead));
}
