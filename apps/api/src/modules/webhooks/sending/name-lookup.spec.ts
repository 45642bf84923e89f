import { NameLookup } from './name-lookup.js';

const never = (): Promise<never> => Promise.reject(new Error('ENODATA'));

function lookupOf(ttl: number): { lookup: NameLookup; asked: string[]; clock: { ms: number } } {
  const asked: string[] = [];
  const clock = { ms: 0 };
  const resolve4 = (name: string): Promise<{ address: string; ttl: number }[]> => {
    asked.push(name);
    return name.startsWith('absent') ? never() : Promise.resolve([{ address: '192.0.2.1', ttl }]);
  };
  return { lookup: new NameLookup({ resolve4, resolve6: never }, () => clock.ms), asked, clock };
}

describe('NameLookup', () => {
  it.each([
    [0, 1_000],
    [30, 30_000],
    [86_400, 60_000],
  ])('remembers an answer of TTL %i s for %i ms', async (ttl, ms) => {
    const { lookup, asked, clock } = lookupOf(ttl);
    await expect(lookup.addresses('a.example')).resolves.toEqual(['192.0.2.1']);
    clock.ms = ms - 1;
    await lookup.addresses('a.example');
    expect(asked).toHaveLength(1);
    clock.ms = ms;
    await lookup.addresses('a.example');
    expect(asked).toHaveLength(2);
  });

  it('remembers a failure for 5 s', async () => {
    const { lookup, asked, clock } = lookupOf(1);
    await expect(lookup.addresses('absent.example')).rejects.toThrow('no address');
    clock.ms = 4_999;
    await expect(lookup.addresses('absent.example')).rejects.toThrow('no address');
    expect(asked).toHaveLength(1);
    clock.ms = 5_000;
    await expect(lookup.addresses('absent.example')).rejects.toThrow('no address');
    expect(asked).toHaveLength(2);
  });

  it('asks once for many that wait', async () => {
    const { lookup, asked } = lookupOf(60);
    await Promise.all(Array.from({ length: 50 }, () => lookup.addresses('a.example')));
    expect(asked).toEqual(['a.example']);
  });

  it('answers with both families', async () => {
    const one = (address: string) => (): Promise<{ address: string; ttl: number }[]> => Promise.resolve([{ address, ttl: 9 }]);
    const lookup = new NameLookup({ resolve4: one('192.0.2.1'), resolve6: one('2001:db8::1') });
    await expect(lookup.addresses('a.example')).resolves.toEqual(['192.0.2.1', '2001:db8::1']);
  });

  it('asks nobody for literals and localhost', async () => {
    const lookup = new NameLookup({ resolve4: never, resolve6: never });
    await expect(lookup.addresses('192.0.2.7')).resolves.toEqual(['192.0.2.7']);
    await expect(lookup.addresses('::1')).resolves.toEqual(['::1']);
    await expect(lookup.addresses('localhost')).resolves.toEqual(['127.0.0.1']);
    await expect(lookup.addresses('a.localhost')).resolves.toEqual(['127.0.0.1']);
  });

  it('forgets the name that was not asked for longest, above 10,000', async () => {
    const { lookup, asked } = lookupOf(60);
    for (let i = 0; i <= 10_000; i++) await lookup.addresses(`n${i}.example`);
    await lookup.addresses('n1.example');
    expect(asked).toHaveLength(10_001);
    await lookup.addresses('n0.example');
    expect(asked).toHaveLength(10_002);
  });
});
