import { graceUntil, isLive, periodEnd, settled, type SubscriptionTerms } from './subscription-clock.js';

const at = (text: string): Date => new Date(`${text}Z`);
const paid: SubscriptionTerms = {
  status: 'active', interval: 'month', current_period_start: at('2026-03-10T12:00:00'), current_period_end: at('2026-04-10T12:00:00'),
  trial_ends_at: null, past_due_since: null, cancel_at_period_end: false,
}; // prettier-ignore
const trial: SubscriptionTerms = {
  ...paid,
  status: 'trialing',
  current_period_end: at('2026-03-24T12:00:00'),
  trial_ends_at: at('2026-03-24T12:00:00'),
};

describe('periodEnd', () => {
  it.each([
    ['2026-01-15T10:00:00', 'month', '2026-02-15T10:00:00'],
    ['2026-01-31T10:00:00', 'month', '2026-02-28T10:00:00'],
    ['2028-01-31T10:00:00', 'month', '2028-02-29T10:00:00'],
    ['2026-11-30T10:00:00', 'quarter', '2027-02-28T10:00:00'],
    ['2026-12-01T00:00:00', 'month', '2027-01-01T00:00:00'],
    ['2028-02-29T23:59:59', 'year', '2029-02-28T23:59:59'],
  ] as const)('%s + %s = %s', (from, interval, to) => expect(periodEnd(at(from), interval)).toEqual(at(to)));
});

describe('settled', () => {
  it.each([
    ['2026-03-24T11:59:59', 'trialing'],
    ['2026-03-24T12:00:00', 'expired'],
    ['2027-01-01T00:00:00', 'expired'],
  ])('a trial at %s is %s', (now, status) => expect(settled(trial, at(now), true).status).toBe(status));

  it('a period that has not ended stays as it is', () => expect(settled(paid, at('2026-04-10T11:59:59'), true)).toBe(paid));

  it('a period that ended renews, also after a pause of many periods', () => {
    expect(settled(paid, at('2026-04-10T12:00:00'), true)).toMatchObject({
      status: 'active', current_period_start: at('2026-04-10T12:00:00'), current_period_end: at('2026-05-10T12:00:00'),
    }); // prettier-ignore
    expect(settled(paid, at('2027-03-09T00:00:00'), true)).toMatchObject({
      current_period_start: at('2027-02-10T12:00:00'), current_period_end: at('2027-03-10T12:00:00'),
    }); // prettier-ignore
  });

  it('is cancelled at its end where that was asked for, not before', () => {
    const leaving = { ...paid, cancel_at_period_end: true };
    expect(settled(leaving, at('2026-04-10T11:59:59'), true).status).toBe('active');
    expect(settled(leaving, at('2026-04-10T12:00:00'), true).status).toBe('cancelled');
    expect(
      settled({ ...leaving, status: 'past_due', past_due_since: at('2026-04-01T00:00:00') }, at('2026-04-10T12:00:00'), true).status,
    ).toBe('cancelled');
  });

  it('is overdue from its end where a provider has to say that it was paid', () => {
    const due = settled(paid, at('2026-04-20T00:00:00'), false);
    expect(due).toMatchObject({ status: 'past_due', past_due_since: paid.current_period_end, current_period_end: paid.current_period_end });
    expect(graceUntil(due)).toEqual(at('2026-04-24T12:00:00'));
    expect(settled(due, at('2026-09-01T00:00:00'), false)).toBe(due);
  });

  it.each(['cancelled', 'expired'] as const)('%s stays', (status) => {
    const over = { ...paid, status };
    expect(settled(over, at('2027-01-01T00:00:00'), true)).toBe(over);
    expect(isLive(status)).toBe(false);
  });
});
