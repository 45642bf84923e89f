import { RingBuffer } from './ring-buffer.js';

const message = (id: string) => ({ id });

describe('RingBuffer', () => {
  it('gives what came after an id, in order', () => {
    const buffer = new RingBuffer(10, 1_000);
    for (const id of ['a', 'b', 'c']) buffer.push(message(id), 0);
    expect(buffer.after('a', 0)).toEqual([message('b'), message('c')]);
    expect(buffer.after('c', 0)).toEqual([]);
  });

  it('does not know an id that it never had', () => {
    expect(new RingBuffer(10, 1_000).after('x', 0)).toBeNull();
  });

  it('forgets the oldest above its size', () => {
    const buffer = new RingBuffer(2, 1_000);
    for (const id of ['a', 'b', 'c']) buffer.push(message(id), 0);
    expect(buffer.after('a', 0)).toBeNull();
    expect(buffer.after('b', 0)).toEqual([message('c')]);
  });

  it('forgets by age, also while nothing comes in', () => {
    const buffer = new RingBuffer(10, 1_000);
    buffer.push(message('a'), 0);
    buffer.push(message('b'), 900);
    expect(buffer.after('a', 1_000)).toEqual([message('b')]);
    expect(buffer.after('a', 1_001)).toBeNull();
    expect(buffer.after('b', 1_001)).toEqual([]);
    buffer.clear();
    expect(buffer.after('b', 1_001)).toBeNull();
  });
});
