import { BoundedLabel, OTHER } from './bounded-label.js';

const HOUR = 3_600_000;

describe('BoundedLabel', () => {
  it('has at most 201 values for 100,000 tenants', () => {
    const alive = new Set<string>();
    let now = 0;
    const label = new BoundedLabel({ now: () => now, evicted: (value) => alive.delete(value) });
    let most = 0;
    for (let round = 0; round < 4; round += 1) {
      for (let i = 0; i < 100_000; i += 1) {
        now += 50;
        alive.add(label.of(`t${(i * (round + 1)) % 100_000}`));
        most = Math.max(most, alive.size);
      }
    }
    expect(most).toBeLessThanOrEqual(201);
    expect(alive.has(OTHER)).toBe(true);
    expect(label.size).toBe(200);
  });

  it('gives a name to who becomes busy, after an hour, and takes it from the quietest', () => {
    let now = 0;
    const evicted: string[] = [];
    const label = new BoundedLabel({ limit: 3, now: () => now, evicted: (value) => evicted.push(value) });
    for (const [tenant, times] of [['a', 50], ['b', 2], ['c', 40]] as const) for (let i = 0; i < times; i += 1) label.of(tenant); // prettier-ignore
    for (let i = 0; i < 30; i += 1) expect(label.of('new')).toBe(OTHER);
    now = HOUR - 1;
    expect(label.of('new')).toBe(OTHER);
    now = HOUR;
    expect(label.of('new')).toBe('new');
    expect(evicted).toEqual(['b']);
    expect(label.of('a')).toBe('a');
    expect(label.of('b')).toBe(OTHER);
    // the name is kept for an hour, however quiet
    for (let i = 0; i < 500; i += 1) label.of('b');
    now = 2 * HOUR - 1;
    expect(label.of('new')).toBe('new');
    expect(label.of('b')).toBe(OTHER);
  });

  it('forgets a deleted tenant', () => {
    const evicted: string[] = [];
    const label = new BoundedLabel({ limit: 1, now: () => 0, evicted: (value) => evicted.push(value) });
    label.of('a');
    label.forget('a');
    label.forget('never');
    expect(evicted).toEqual(['a']);
    expect(label.of('b')).toBe('b');
  });
});
