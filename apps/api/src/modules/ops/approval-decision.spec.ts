import { approvalDecision, approvalWindow } from './approval-decision.js';

const T0 = new Date('2026-03-01T12:00:00Z');
const after = (hours: number, ms = 0): Date => new Date(T0.getTime() + hours * 3_600_000 + ms);
const asked = (others: number) => ({ requested_by: 'ana', ...approvalWindow(others, T0) });
const decide = (by: { actor_id: string; others: number; is_person?: boolean }, at: Date, othersThen = by.others) =>
  approvalDecision({ open: asked(othersThen), is_person: true, ...by }, at);

it('asks first, and again when the hour is over', () => {
  expect(approvalDecision({ open: null, actor_id: 'ana', is_person: true, others: 1 }, T0)).toBe('ask');
  expect(decide({ actor_id: 'ben', others: 1 }, after(1, -1))).toBe('go');
  expect(decide({ actor_id: 'ben', others: 1 }, after(1))).toBe('ask');
});

it('goes through with another person only: neither with the one who asked nor with a token that anybody may hold', () => {
  expect(decide({ actor_id: 'ana', others: 1 }, T0)).toBe('same_person');
  expect(decide({ actor_id: 'ana', others: 1 }, after(0.9))).toBe('same_person');
  expect(decide({ actor_id: 'bootstrap', others: 1, is_person: false }, T0)).toBe('same_person');
});

it('lets somebody who is alone go on after a day, within a day', () => {
  expect(decide({ actor_id: 'ana', others: 0 }, after(24, -1))).toBe('same_person');
  expect(decide({ actor_id: 'ana', others: 0 }, after(24))).toBe('go');
  expect(decide({ actor_id: 'ana', others: 0 }, after(48, -1))).toBe('go');
  expect(decide({ actor_id: 'ana', others: 0 }, after(48))).toBe('ask');
});

it('asks of somebody who was alone for the second person who came meanwhile, and the other way round', () => {
  expect(decide({ actor_id: 'ana', others: 1 }, after(25), 0)).toBe('same_person');
  expect(decide({ actor_id: 'ben', others: 1 }, after(2), 0)).toBe('go');
  expect(decide({ actor_id: 'ana', others: 0 }, after(0.5), 1)).toBe('same_person');
});
