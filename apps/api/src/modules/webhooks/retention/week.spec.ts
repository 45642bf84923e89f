import { endOf } from './week.js';

describe('the week of a partition', () => {
  it('ends seven days after the Monday that names it', () => {
    expect(endOf('webhook_deliveries_2026_01_05').toISOString()).toBe('2026-01-12T00:00:00.000Z');
    expect(endOf('events_2025_12_29').toISOString()).toBe('2026-01-05T00:00:00.000Z');
  });
  it('is not guessed of other names', () => {
    expect(() => endOf('webhook_deliveries_default')).toThrow('is not named by a week');
    expect(() => endOf('audit_events_2026_01')).toThrow('is not named by a week');
  });
});
