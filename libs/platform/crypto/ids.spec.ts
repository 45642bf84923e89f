import { equal, sha256 } from './digest.js';
import { idSource, isUuid, newId, uuidTime } from './ids.js';
import { crcBase62, hasValidCrc, randomBase62, randomToken } from './random.js';
import { Semaphore } from './semaphore.js';

describe('newId', () => {
  it('makes version 7 ids that only grow, also within one millisecond and when the clock goes back', () => {
    let ms = 1_700_000_000_000;
    const next = idSource(() => ms);
    const ids = Array.from({ length: 20_000 }, (_, i) => {
      if (i === 12_000) ms -= 5_000;
      return next();
    });
    expect(ids.filter((id) => !/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(id))).toEqual([]);
    expect([...ids].sort()).toEqual(ids);
    expect(new Set(ids).size).toBe(20_000);
  });

  it('carries its time', () => {
    const before = Date.now();
    const made = uuidTime(newId())?.getTime() ?? 0;
    expect(made).toBeGreaterThanOrEqual(before);
    expect(made).toBeLessThanOrEqual(Date.now() + 10);
    expect(uuidTime(idSource(() => 1_700_000_000_123)())?.toISOString()).toBe('2023-11-14T22:13:20.123Z');
    expect(uuidTime('3b241101-e2bb-4255-8caf-4136c566a962')).toBeNull();
    expect(uuidTime('nothing')).toBeNull();
  });

  it('knows what a UUID looks like', () => {
    expect(['3b241101-e2bb-4255-8caf-4136c566a962', '0190ABCD-0000-7000-8000-000000000000', newId()].every(isUuid)).toBe(true);
    expect(
      ['', '3b241101e2bb42558caf4136c566a962', '3b241101-e2bb-4255-8caf-4136c566a96', `${newId()}\n`, 7, null, undefined].some(isUuid),
    ).toBe(false);
  });
});

describe('equal', () => {
  it('compares any lengths without a throw', () => {
    expect(equal('abc', 'abc')).toBe(true);
    expect(equal('abc', Buffer.from('abc'))).toBe(true);
    expect(equal('abc', 'abcd')).toBe(false);
    expect(equal('', 'x')).toBe(false);
    expect(equal('', '')).toBe(true);
    expect(equal(undefined, '')).toBe(false);
    expect(equal(null, undefined)).toBe(false);
    expect(equal('x'.repeat(1_000_000), 'x')).toBe(false);
  });

  it('knows SHA-256 of abc', () => {
    expect(sha256('abc').toString('hex')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  });
});

describe('random text', () => {
  it('has the length and the alphabet it says', () => {
    expect(randomToken()).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(randomBase62(43)).toMatch(/^[0-9A-Za-z]{43}$/);
    expect(randomBase62(0)).toBe('');
    expect(new Set(randomBase62(20_000)).size).toBe(62);
  });

  it('checks a key by its CRC-32', () => {
    expect(crcBase62('123456789')).toBe('3jZRME'); // CRC-32 check value 0xCBF43926
    const key = `tn_live_${randomBase62(43)}`;
    const whole = key + crcBase62(key);
    expect(hasValidCrc(whole)).toBe(true);
    expect(hasValidCrc(whole.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a')))).toBe(false);
    expect(hasValidCrc('')).toBe(false);
  });
});

describe('Semaphore', () => {
  it('runs so many at a time, in order, and frees the place of work that fails', async () => {
    const places = new Semaphore(2, 1_000);
    let running = 0;
    let most = 0;
    const order: number[] = [];
    const work = (n: number) => async () => {
      running += 1;
      most = Math.max(most, running);
      order.push(n);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      if (n % 3 === 0) throw new Error('planned');
    };
    await Promise.allSettled([1, 2, 3, 4, 5, 6, 7].map((n) => places.run(work(n))));
    expect(most).toBe(2);
    expect(order).toEqual([1, 2, 3, 4, 5, 6, 7]);
    await expect(places.run(() => Promise.resolve('free'))).resolves.toBe('free');
  });
});
