import { idSource } from '#platform/crypto/ids.js';
import { firstIdOf, idRange, lastWeekOf } from './id-range.js';

describe('ids of a time', () => {
  it('holds what was made in it and nothing else', () => {
    const at = (ms: number): string => idSource(() => ms)();
    const { from_id, below_id } = idRange(new Date(1_700_000_000_000), new Date(1_700_000_000_500));
    for (const [ms, inside] of [[1_699_999_999_999, false], [1_700_000_000_000, true], [1_700_000_000_499, true], [1_700_000_000_500, false]] as const)
      expect([ms, at(ms) >= from_id && at(ms) < below_id]).toEqual([ms, inside]); // prettier-ignore
  });
  it('has no bound where none is given', () => {
    const { from_id, below_id } = idRange(null, null);
    expect(from_id).toBe('00000000-0000-0000-0000-000000000000');
    expect(idSource(() => 2 ** 48 - 1)() < below_id).toBe(true);
    expect(firstIdOf(new Date(-5))).toBe(from_id);
  });
  it('ends with its last week, and with what may have been made by now', () => {
    const day = 86_400_000;
    const now = new Date(1_700_000_000_000);
    const ago = (days: number): string => firstIdOf(new Date(now.getTime() - days * day));
    expect(lastWeekOf(idRange(null, null), now)).toEqual({ from_id: ago(7 - 1 / 24), below_id: ago(-1 / 24) });
    expect(lastWeekOf({ from_id: ago(30), below_id: ago(10) }, now)).toEqual({ from_id: ago(17), below_id: ago(10) });
    expect(lastWeekOf({ from_id: ago(12), below_id: ago(10) }, now)).toEqual({ from_id: ago(12), below_id: ago(10) });
    expect(lastWeekOf({ from_id: ago(30), below_id: '00000000-0000-0000-0000-000000000000' }, now).below_id).toMatch(/^0{8}-/);
  });
});
