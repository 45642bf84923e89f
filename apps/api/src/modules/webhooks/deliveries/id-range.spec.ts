import { idSource } from '#platform/crypto/ids.js';
import { firstIdOf, idRange } from './id-range.js';

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
});
