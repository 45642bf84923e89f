import { LIMIT_CODES } from '#contracts/modules.js';
import { materialise, type Entitlement, type Facts, type Override, type PlanTerms } from './materialise.js';

const at = (text: string): Date => new Date(`2026-${text}Z`);
const START = at('03-01T00:00:00');
const TRIAL_END = at('03-15T00:00:00');
const PERIOD_END = at('04-01T00:00:00');
const LATE_SINCE = at('03-20T00:00:00');
const GRACE_END = at('04-03T00:00:00');
const NOW = at('03-10T00:00:00');
const before = (moment: Date): Date => new Date(moment.getTime() - 1_000);
const after = (moment: Date): Date => new Date(moment.getTime() + 1_000);

const plan: PlanTerms = {
  modules: ['sales', 'catalog'],
  limits: { max_users: 50, max_stores: 10, max_items: 100_000, file_count: null, max_registers: 20, not_of_this_release: 7 },
  trial_limits: { max_users: 5, max_stores: 1 },
};
const addOn = (limits: PlanTerms['limits'], quantity: number, modules: readonly string[] = []) => ({
  plan: { modules, limits, trial_limits: {} },
  quantity,
});
const limitOf = (code: string, value: number | null, expires_at: Date | null = null): Override => ({
  kind: 'limit',
  code,
  value,
  allowed: null,
  expires_at,
});
const moduleOf = (code: string, allowed: boolean, expires_at: Date | null = null): Override => ({
  kind: 'module',
  code,
  value: null,
  allowed,
  expires_at,
});

type Subscription = NonNullable<Facts['subscription']>;
const paid: Subscription = {
  plan_code: 'premium', status: 'active', interval: 'month', current_period_start: START, current_period_end: PERIOD_END, trial_ends_at: null, past_due_since: null,
  cancel_at_period_end: false,
}; // prettier-ignore
const trial: Subscription = { ...paid, status: 'trialing', current_period_end: TRIAL_END, trial_ends_at: TRIAL_END };
const late: Subscription = { ...paid, status: 'past_due', past_due_since: LATE_SINCE };
const leaving: Subscription = { ...paid, cancel_at_period_end: true };
const withPlan = (subscription: Subscription, more: Partial<Facts> = {}): Facts => ({
  subscription,
  plan,
  add_ons: [],
  overrides: [],
  ...more,
});
const bare = (overrides: readonly Override[] = []): Facts => ({ subscription: null, plan: null, add_ons: [], overrides });

type Expected = Partial<Omit<Entitlement, 'limits'>> & { readonly limits?: Partial<Entitlement['limits']> };
const CASES: readonly (readonly [string, Facts, Date, Expected | null])[] = [
  // ---- the status and its clock
  ['a trial', withPlan(trial), NOW, { status: 'trial', plan_code: 'premium', trial_ends_at: TRIAL_END, period_end: TRIAL_END, valid_until: TRIAL_END, source: 'subscription' }],
  ['a trial, a second before its end', withPlan(trial), before(TRIAL_END), { status: 'trial', valid_until: TRIAL_END }],
  ['a trial, at its end', withPlan(trial), TRIAL_END, { status: 'expired', trial_ends_at: TRIAL_END, valid_until: null }],
  ['a trial, a second after its end', withPlan(trial), after(TRIAL_END), { status: 'expired', trial_ends_at: TRIAL_END, valid_until: null }],
  ['a trial without an end of its own ends with its period', withPlan({ ...trial, trial_ends_at: null }), after(TRIAL_END), { status: 'expired', trial_ends_at: TRIAL_END }],
  ['a trial that was written down as over', withPlan({ ...trial, status: 'expired' }), NOW, { status: 'expired', valid_until: null }],
  ['a paid plan', withPlan(paid), NOW, { status: 'active', period_end: PERIOD_END, trial_ends_at: null, grace_until: null, valid_until: PERIOD_END }],
  ['a paid plan, a second before the end of its period', withPlan(paid), before(PERIOD_END), { status: 'active', period_end: PERIOD_END }],
  ['a paid plan, at the end of its period', withPlan(paid), PERIOD_END, { status: 'active', period_end: at('05-01T00:00:00'), valid_until: at('05-01T00:00:00') }],
  ['a paid plan that nobody looked at for months', withPlan(paid), at('08-20T00:00:00'), { status: 'active', period_end: at('09-01T00:00:00') }],
  ['a paid plan that was a trial once', withPlan({ ...paid, trial_ends_at: START }), NOW, { status: 'active', trial_ends_at: null }],
  ['a plan that leaves, before the end', withPlan(leaving), before(PERIOD_END), { status: 'active', valid_until: PERIOD_END }],
  ['a plan that leaves, at the end', withPlan(leaving), PERIOD_END, { status: 'expired', trial_ends_at: null, valid_until: null }],
  ['a plan that leaves, a second after the end', withPlan(leaving), after(PERIOD_END), { status: 'expired', valid_until: null }],
  ['late, within grace', withPlan(late), at('03-25T00:00:00'), { status: 'past_due', grace_until: GRACE_END, valid_until: GRACE_END }],
  ['late, a second before the end of grace', withPlan(late), before(GRACE_END), { status: 'past_due', grace_until: GRACE_END, valid_until: GRACE_END }],
  ['late, at the end of grace', withPlan(late), GRACE_END, { status: 'suspended', grace_until: GRACE_END, valid_until: null }],
  ['late, a second after the end of grace', withPlan(late), after(GRACE_END), { status: 'suspended', valid_until: null }],
  ['late and leaving: the period ends before the grace', withPlan({ ...late, cancel_at_period_end: true }), at('03-25T00:00:00'), { status: 'past_due', valid_until: PERIOD_END }],
  ['late and leaving, after the period', withPlan({ ...late, cancel_at_period_end: true }), PERIOD_END, { status: 'expired', grace_until: null }],
  ['late without a date counts from the period', withPlan({ ...late, past_due_since: null }), NOW, { status: 'past_due', grace_until: at('03-15T00:00:00') }],
  ['cancelled', withPlan({ ...paid, status: 'cancelled' }), NOW, { status: 'expired', trial_ends_at: null, valid_until: null }],
  ['never subscribed', bare(), NOW, null],
  ['never subscribed, an override that is over', bare([limitOf('max_users', 3, before(NOW))]), NOW, null],
  // ---- what it gives
  ['modules of the plan, sorted', withPlan(paid), NOW, { modules: ['catalog', 'sales'] }],
  ['limits of the plan; null is none, a missing code gives nothing', withPlan(paid), NOW, { limits: { max_users: 50, max_items: 100_000, file_count: null, max_webhooks: 0, storage_bytes: 0 } }],
  ['a trial has the limits of the trial, where it has any', withPlan(trial), NOW, { limits: { max_users: 5, max_stores: 1, max_items: 100_000 } }],
  ['a trial that is over keeps what it gave', withPlan(trial), after(TRIAL_END), { modules: ['catalog', 'sales'], limits: { max_users: 5, max_stores: 1 } }],
  ['a subscription that ended keeps modules and limits for reading', withPlan({ ...paid, status: 'cancelled' }), NOW, { modules: ['catalog', 'sales'], limits: { max_users: 50 } }],
  ['a suspended one too', withPlan(late), after(GRACE_END), { modules: ['catalog', 'sales'], limits: { max_users: 50 } }],
  ['add-ons add by quantity', withPlan(paid, { add_ons: [addOn({ max_users: 1 }, 7), addOn({ max_stores: 2 }, 3)] }), NOW, { limits: { max_users: 57, max_stores: 16, max_items: 100_000 } }],
  ['add-ons add to a trial', withPlan(trial, { add_ons: [addOn({ max_users: 1 }, 2)] }), NOW, { limits: { max_users: 7 } }],
  ['an add-on changes nothing where there is no limit', withPlan(paid, { add_ons: [addOn({ file_count: 5 }, 2)] }), NOW, { limits: { file_count: null } }],
  ['an add-on may bring a module', withPlan(paid, { add_ons: [addOn({}, 1, ['pos'])] }), NOW, { modules: ['catalog', 'pos', 'sales'] }],
  // ---- overrides
  ['an override replaces a limit, add-ons included', withPlan(paid, { add_ons: [addOn({ max_users: 1 }, 7)], overrides: [limitOf('max_users', 20)] }), NOW, { limits: { max_users: 20, max_stores: 10 }, source: 'override', valid_until: PERIOD_END }],
  ['an override lifts a limit, or makes it none', withPlan(paid, { overrides: [limitOf('max_users', null), limitOf('max_stores', 0)] }), NOW, { limits: { max_users: null, max_stores: 0 } }],
  ['an override of a code that this release does not know changes nothing', withPlan(paid, { overrides: [limitOf('gone', 3)] }), NOW, { limits: { max_users: 50 } }],
  ['an override adds a module, another takes one away', withPlan(paid, { overrides: [moduleOf('pos', true), moduleOf('sales', false)] }), NOW, { modules: ['catalog', 'pos'] }],
  ['an override that ends first sets the clock', withPlan(paid, { overrides: [moduleOf('pos', true, at('03-12T00:00:00'))] }), NOW, { modules: ['catalog', 'pos', 'sales'], valid_until: at('03-12T00:00:00') }],
  ['of two overrides the one that ends first sets the clock', withPlan(paid, { overrides: [limitOf('max_users', 9, at('03-13T00:00:00')), moduleOf('pos', true, at('03-12T00:00:00'))] }), NOW, { valid_until: at('03-12T00:00:00') }],
  ['an override, a second before its end', withPlan(paid, { overrides: [limitOf('max_users', 9, after(NOW))] }), NOW, { limits: { max_users: 9 }, source: 'override', valid_until: after(NOW) }],
  ['an override, at its end', withPlan(paid, { overrides: [limitOf('max_users', 9, NOW)] }), NOW, { limits: { max_users: 50 }, source: 'subscription', valid_until: PERIOD_END }],
  ['an override, a second after its end', withPlan(paid, { overrides: [moduleOf('pos', true, before(NOW))] }), NOW, { modules: ['catalog', 'sales'], source: 'subscription' }],
  ['an override does not open what has ended', withPlan(trial, { overrides: [moduleOf('pos', true)] }), after(TRIAL_END), { status: 'expired', modules: ['catalog', 'pos', 'sales'], source: 'override' }],
  ['staff give without any subscription', bare([moduleOf('pos', true), limitOf('max_users', 4, after(NOW))]), NOW, { status: 'active', plan_code: null, modules: ['pos'], limits: { max_users: 4, max_stores: 0 }, period_end: null, source: 'manual', valid_until: after(NOW) }],
]; // prettier-ignore

describe('materialise', () => {
  it.each(CASES)('%s', (_, facts, now, expected) => {
    const entitlement = materialise(facts, now, true);
    if (expected === null) expect(entitlement).toBeNull();
    else expect(entitlement).toMatchObject(expected);
  });

  it('has a table of at least 40 cases', () => expect(CASES.length).toBeGreaterThanOrEqual(40));

  it('says every limit of this release and no other', () => {
    expect(Object.keys(materialise(withPlan(paid), NOW, true)?.limits ?? {}).sort()).toEqual([...LIMIT_CODES].sort());
  });

  it('is overdue after its period where nothing renews by itself', () => {
    expect(materialise(withPlan(paid), PERIOD_END, false)).toMatchObject({
      status: 'past_due',
      grace_until: at('04-15T00:00:00'),
      valid_until: at('04-15T00:00:00'),
    });
    expect(materialise(withPlan(paid), at('04-15T00:00:00'), false)).toMatchObject({ status: 'suspended', valid_until: null });
  });

  it('is the same when it is computed again at any moment before its clock', () => {
    for (const [, facts, now] of CASES) {
      const first = materialise(facts, now, true);
      if (!first?.valid_until || first.valid_until <= after(now)) continue;
      expect(materialise(facts, before(first.valid_until), true)).toEqual(first);
    }
  });
});
