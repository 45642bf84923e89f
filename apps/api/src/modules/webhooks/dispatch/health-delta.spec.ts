import { HealthDeltas } from './health-delta.js';

const LANE = { tenant_id: 't', webhook_id: 'w' };
const at = (second: number): Date => new Date(second * 1_000);

describe('the health of endpoints', () => {
  it('[004-37] counts failures since the last success and remembers both times', () => {
    const deltas = new HealthDeltas();
    deltas.add(LANE, false, at(1));
    deltas.add(LANE, true, at(2));
    deltas.add(LANE, false, at(3));
    deltas.add(LANE, false, at(4));
    expect(deltas.take()).toEqual([{ ...LANE, last_success_at: at(2), last_failure_at: at(4), failures: 2, first_failure_at: at(3) }]);
    expect(deltas.take()).toEqual([]);
  });

  it('takes in key order', () => {
    const deltas = new HealthDeltas();
    for (const webhook_id of ['b', 'c', 'a']) deltas.add({ tenant_id: 't', webhook_id }, true, at(1));
    expect(deltas.take().map(({ webhook_id }) => webhook_id)).toEqual(['a', 'b', 'c']);
  });

  it('loses nothing when writing fails', () => {
    const deltas = new HealthDeltas();
    deltas.add(LANE, true, at(1));
    deltas.add(LANE, false, at(2));
    const taken = deltas.take();
    deltas.add(LANE, false, at(3));
    deltas.giveBack(taken);
    expect(deltas.take()).toEqual([{ ...LANE, last_success_at: at(1), last_failure_at: at(3), failures: 2, first_failure_at: at(2) }]);
    deltas.add(LANE, false, at(4));
    const again = deltas.take();
    deltas.add(LANE, true, at(5));
    deltas.giveBack(again);
    expect(deltas.take()).toMatchObject([{ failures: 0, last_success_at: at(5) }]);
  });
});
