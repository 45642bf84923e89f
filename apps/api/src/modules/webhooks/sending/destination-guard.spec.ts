import { Problem } from '#contracts/errors.js';
import { DestinationGuard, DestinationRefused } from './destination-guard.js';
import { DnsCache, type AddressResolver } from './dns-cache.js';
import type { GuardOptions, RefusedDestination } from './types.js';

const NAMES: Record<string, readonly string[]> = {
  'example.com': ['93.184.216.34', '2606:2800:220:1::1'],
  'private.test': ['10.0.0.7'],
  'mixed.test': ['93.184.216.34', '169.254.169.254'],
  'mixed6.test': ['93.184.216.34', '::1'],
  'mapped.test': ['::ffff:169.254.169.254'],
  'nat64.test': ['64:ff9b::a9fe:a9fe'],
};

class FakeResolver implements AddressResolver {
  asked = 0;
  constructor(private readonly names: Record<string, readonly string[]> = NAMES) {}
  resolve4 = (name: string) => this.#answer(name, (address) => !address.includes(':'));
  resolve6 = (name: string) => this.#answer(name, (address) => address.includes(':'));

  #answer(name: string, of: (address: string) => boolean) {
    this.asked += 1;
    const found = (this.names[name] ?? []).filter(of);
    return found.length === 0
      ? Promise.reject(Object.assign(new Error(name), { code: 'ENOTFOUND' }))
      : Promise.resolve(found.map((address) => ({ address, ttl: 0 })));
  }
}

function guardOf(options: Partial<GuardOptions> = {}, resolver: AddressResolver = new FakeResolver()): DestinationGuard {
  return new DestinationGuard(
    {
      production: false,
      allow_http: true,
      allowed: [],
      blocked_ports: [5432, 6379],
      ownHost: (host) => host === 'tenantry.example',
      ...options,
    },
    new DnsCache(resolver),
  );
}

async function judged(guard: DestinationGuard, url: string): Promise<string> {
  try {
    await guard.checkUrl(url);
  } catch (error) {
    if (error instanceof Problem) return error.code === 'validation_failed' ? (error.errors[0]?.code ?? '') : error.code;
    throw error;
  }
  return 'accepted';
}

describe('checkUrl', () => {
  it.each([
    'http://127.0.0.1/', 'http://2130706433/', 'http://0x7f.1/', 'http://0177.0.0.1/', 'http://127.1/', 'http://127.0.0.1./', 'http://0/', 'http://①②⑦.0.0.1/',
    'http://127。0。0。1/', 'http://%31%32%37.0.0.1/', 'https://10.0.0.1/', 'http://100.64.0.1/', 'http://169.254.169.254/latest/meta-data/',
    'http://[::1]/', 'http://[::]/', 'http://[::ffff:127.0.0.1]/', 'http://[::ffff:a9fe:a9fe]/', 'http://[64:ff9b::a9fe:a9fe]/', 'http://[2002:7f00:1::]/',
    'http://[fd00:ec2::254]/', 'http://[fe80::1]/',
    'http://localhost/', 'http://LOCALHOST./', 'http://api.localhost/', 'http://metadata.google.internal/', 'http://metadata/',
    'https://private.test/', 'https://mixed.test/', 'https://mixed6.test/', 'https://mapped.test/', 'https://nat64.test/',
    'https://@127.0.0.1/', 'https://127.0.0.1\\@example.com/', 'https://127.0.0.1?@example.com/', 'https://127.0.0.1/@example.com/', 'http://127.0.\n0.1/', ' http://127.0.0.1/ ',
    'http://[0:0:0:0:0:ffff:7f00:0001]/', 'http://[::7f00:1]/', 'http://[ff02::1]/', 'http://168.63.129.16/', 'http://localhost.localdomain/', 'http://x.localhost./',
    'https://tenantry.example/api/v1/webhooks', 'https://tenantry.example./', 'https://example.com:22/', 'https://example.com:5432/', 'https://example.com:6379/',
  ])('[004-27] refuses %s at create', async (url) => {
    expect(await judged(guardOf(), url)).toBe('destination_not_allowed');
  }); // prettier-ignore

  it.each([
    ['example.com/hook', 'not_a_url'],
    ['', 'not_a_url'],
    ['http://', 'not_a_url'],
    ['http://[fe80::1%25eth0]/', 'not_a_url'],
    ['http://127.0.0.1.1.1/', 'not_a_url'],
    ['ftp://example.com/', 'bad_scheme'],
    ['file:///etc/passwd', 'bad_scheme'],
    ['javascript:alert(1)', 'bad_scheme'],
    ['https://example.com@127.0.0.1/', 'has_credentials'],
    ['https://user:pass@example.com/', 'has_credentials'],
    ['https://127.0.0.1@example.com/', 'has_credentials'],
    ['https://:@example.com:x@127.0.0.1/', 'has_credentials'],
    ['https://example.com%40127.0.0.1/', 'not_a_url'],
    ['https://127.0.0.1#@example.com/', 'has_fragment'],
    ['http://fe80::1%eth0/', 'not_a_url'],
    ['http://[fe80::1%eth0]/', 'not_a_url'],
    ['https://example.com/#x', 'has_fragment'],
    ['https://example.com/#', 'has_fragment'],
    [`https://example.com/${'a'.repeat(2_029)}`, 'too_long'],
  ])('refuses %s: %s', async (url, code) => {
    expect(await judged(guardOf(), url)).toBe(code);
  });

  it.each([
    'https://example.com/hook?a=1',
    'http://example.com:8080/',
    'https://example.com:1024/',
    `https://example.com/${'a'.repeat(2_028)}`,
    'https://unknown.test/',
  ])('accepts %s', async (url) => {
    expect(await judged(guardOf(), url)).toBe('accepted');
  });

  it('asks for https where http is not allowed', async () => {
    const guard = guardOf({ allow_http: false });
    expect(await judged(guard, 'http://example.com/')).toBe('bad_scheme');
    expect(await judged(guard, 'https://example.com/')).toBe('accepted');
  });

  it.each(['fe80::1%eth0', '::1%1', '::ffff:127.0.0.1%eth0', '127.0.0.1', 'fd00:ec2::254', 'no address', ''])(
    '[004-27] a connection that has reached %p is not used',
    (address) => {
      const tried = { host: 'example.com', port: 443, address, reason: 'address_after_connect' } as const;
      expect(() => guardOf().checkAddress(tried)).toThrow(DestinationRefused);
    },
  );

  it('says the same of every refused destination, and keeps what it was for the log', async () => {
    const log: RefusedDestination[] = [];
    const guard = guardOf({ refused: (destination) => log.push(destination) });
    const bodies = await Promise.all(
      ['https://mixed.test/', 'https://127.0.0.1/', 'https://example.com:22/', 'https://tenantry.example/'].map((url) =>
        guard.checkUrl(url).catch((error: unknown) => JSON.stringify([(error as Problem).extras, (error as Problem).errors])),
      ),
    );
    expect(new Set(bodies).size).toBe(1);
    expect(log).toEqual(
      expect.arrayContaining([
        { host: 'mixed.test', port: 443, address: '169.254.169.254', reason: 'address' },
        { host: '127.0.0.1', port: 443, address: '127.0.0.1', reason: 'address' },
        { host: 'example.com', port: 22, address: null, reason: 'port' },
        { host: 'tenantry.example', port: 443, address: null, reason: 'own_host' },
      ]),
    );
  });

  it('[004-27] loopback opens only where an option names it, by port if it does; production refuses the option', async () => {
    const guard = guardOf({ allowed: ['127.0.0.1/32:4010', '10.1.0.0/16'] });
    expect(await judged(guard, 'http://127.0.0.1:4010/')).toBe('accepted');
    expect(await judged(guard, 'http://127.0.0.1:4011/')).toBe('destination_not_allowed');
    expect(await judged(guard, 'http://127.0.0.2:4010/')).toBe('destination_not_allowed');
    expect(await judged(guard, 'http://10.1.2.3/')).toBe('accepted');
    expect(await judged(guard, 'http://10.2.2.3/')).toBe('destination_not_allowed');
    expect(() => guardOf({ production: true, allowed: ['127.0.0.1/32:4010'] })).toThrow('not in production');
  });
});

describe('the URLs remembered', () => {
  it('are read once, and the oldest is forgotten', () => {
    const guard = guardOf();
    const url = 'https://example.com:8443/hook?a=1';
    const read = guard.destinationOf(url);
    expect(read).toEqual({ origin: 'https://example.com:8443', path: '/hook?a=1', host: 'example.com', port: 8443, secure: true });
    expect(guard.destinationOf(url)).toBe(read);
    for (let i = 0; i < 4_000; i += 1) guard.destinationOf(`https://example.com/${i}`);
    const again = guard.destinationOf(url);
    expect(again).not.toBe(read);
    expect(again).toEqual(read);
  });

  it('[004-27] are those that may be used: a refused one is judged, and reported, each time', () => {
    const log: RefusedDestination[] = [];
    const guard = guardOf({ refused: (destination) => log.push(destination) });
    for (let i = 0; i < 2; i += 1) expect(() => guard.destinationOf('https://example.com:22/')).toThrow(DestinationRefused);
    expect(log).toHaveLength(2);
  });
});

describe('the names remembered', () => {
  it('asks once while an answer holds, once for callers at the same time, and again after it', async () => {
    let now_ms = 0;
    const resolver = new FakeResolver();
    const dns = new DnsCache(resolver, () => now_ms);
    await Promise.all([dns.addresses('example.com'), dns.addresses('example.com')]);
    now_ms = 999;
    await dns.addresses('example.com');
    expect(resolver.asked).toBe(2);
    now_ms = 1_000;
    expect(await dns.addresses('example.com')).toEqual(NAMES['example.com']);
    expect(resolver.asked).toBe(4);
  });

  it('remembers for five seconds that there is nothing', async () => {
    let now_ms = 0;
    const resolver = new FakeResolver();
    const dns = new DnsCache(resolver, () => now_ms);
    await expect(dns.addresses('unknown.test')).rejects.toThrow();
    now_ms = 4_999;
    await expect(dns.addresses('unknown.test')).rejects.toThrow();
    expect(resolver.asked).toBe(2);
    now_ms = 5_000;
    await expect(dns.addresses('unknown.test')).rejects.toThrow();
    expect(resolver.asked).toBe(4);
  });
});
