import type { Problem } from '#contracts/errors.js';
import { DestinationGuard } from './destination-guard.js';
import { NameLookup } from './name-lookup.js';
import type { GuardOptions, RefusedDestination } from './types.js';

const NAMES: Readonly<Record<string, readonly string[]>> = {
  'good.example': ['93.184.216.34', '2606:4700::1111'],
  'private.example': ['10.0.0.7'],
  'loopback.example': ['127.0.0.1'],
  'mixed.example': ['93.184.216.34', '169.254.169.254'],
  'mixed6.example': ['93.184.216.34', 'fd00::1'],
  'mapped.example': ['::ffff:169.254.169.254'],
  'nat64.example': ['64:ff9b::a9fe:a9fe'],
  'demo.example': ['10.1.2.3'],
};

function guardWith(options: Partial<GuardOptions> = {}): { guard: DestinationGuard; refused: RefusedDestination[] } {
  const answers = (v6: boolean) => (name: string) => {
    const found = (NAMES[name] ?? []).filter((address) => address.includes(':') === v6);
    return found.length ? Promise.resolve(found.map((address) => ({ address, ttl: 0 }))) : Promise.reject(new Error('ENOTFOUND'));
  };
  const refused: RefusedDestination[] = [];
  const guard = new DestinationGuard(
    {
      production: true, allow_http: false, allowed: [], blocked_ports: [5_432, 6_379], ownHost: (host) => host === 'app.tenantry.example',
      refused: (destination) => refused.push(destination), ...options,
    },
    new NameLookup({ resolve4: answers(false), resolve6: answers(true) }),
  ); // prettier-ignore
  return { guard, refused };
}

const codeOf = (guard: DestinationGuard, url: string): Promise<string> =>
  guard.checkUrl(url).then(
    () => 'accepted',
    (error: Problem) => error.code,
  );

describe('checkUrl', () => {
  it.each([
    '127.0.0.1', '127.0.0.1.', '2130706433', '0x7f.1', '0177.0.0.1', '127.1', '①②⑦.0.0.1', '0', '0.0.0.0', '[::]', '[::1]', '[::ffff:127.0.0.1]',
    '[::ffff:a9fe:a9fe]', '[::ffff:10.0.0.1]', '[64:ff9b::a9fe:a9fe]', '[64:ff9b:1::1]', '[2002:7f00:1::]', '[2001::1]', '[fd00:ec2::254]', '[fe80::1]',
    '169.254.169.254', '0xa9fea9fe', '100.64.0.1', '100.100.100.200', '168.63.129.16', '192.0.0.192', '10.0.0.1', '172.16.0.1', '192.168.1.1', '224.0.0.1',
    '255.255.255.255', 'localhost', 'localhost.', 'LOCALHOST', 'a.localhost', 'metadata.google.internal', 'metadata.google.internal.', 'metadata',
    'private.example', 'loopback.example', 'mixed.example', 'mixed6.example', 'mapped.example', 'nat64.example',
    'app.tenantry.example', 'APP.tenantry.example.', 'good.example:22', 'good.example:25', 'good.example:5432', 'good.example:6379',
  ])('[004-27] refuses https://%s/', async (host) => {
    const { guard, refused } = guardWith();
    await expect(codeOf(guard, `https://${host}/hook`)).resolves.toBe('destination_not_allowed');
    expect(refused).toHaveLength(1);
  }); // prettier-ignore

  it.each([
    'http://good.example/',
    'https://user@good.example/',
    'https://good.example/#a',
    'ftp://good.example/',
    'https://[fe80::1%25eth0]/',
    'nothing',
  ])('[004-27] %s is no usable address', async (url) => {
    const error: Problem = await guardWith().guard.checkUrl(url).then(() => Promise.reject(new Error(url)), (e: Problem) => e); // prettier-ignore
    expect([error.code, error.errors.map(({ field }) => field)]).toEqual(['validation_failed', ['/url']]);
  });

  it.each(['https://good.example/hook', 'https://good.example:8443/', 'https://93.184.216.34/', 'https://[2606:4700::1111]/'])('accepts %s', async (url) => {
    await expect(codeOf(guardWith().guard, url)).resolves.toBe('accepted');
  }); // prettier-ignore

  it('accepts a name that does not resolve yet', async () => {
    await expect(codeOf(guardWith().guard, 'https://not-yet.example/')).resolves.toBe('accepted');
  });

  it('does not wait for a name server that is silent', async () => {
    const silent = (): Promise<never> => new Promise(() => undefined);
    const guard = new DestinationGuard(guardWith().guard.options, new NameLookup({ resolve4: silent, resolve6: silent }));
    await expect(codeOf(guard, 'https://slow.example/')).resolves.toBe('accepted');
  });

  it('opens what the operator names, by network and port, and nothing beside it', async () => {
    const { guard } = guardWith({ production: false, allow_http: true, allowed: ['10.1.0.0/16', '127.0.0.1/32:4010'] });
    await expect(codeOf(guard, 'https://demo.example/')).resolves.toBe('accepted');
    await expect(codeOf(guard, 'http://127.0.0.1:4010/')).resolves.toBe('accepted');
    await expect(codeOf(guard, 'http://localhost:4010/')).resolves.toBe('accepted');
    await expect(codeOf(guard, 'http://127.0.0.1:4011/')).resolves.toBe('destination_not_allowed');
    await expect(codeOf(guard, 'http://127.0.0.2:4010/')).resolves.toBe('destination_not_allowed');
    await expect(codeOf(guard, 'https://private.example/')).resolves.toBe('destination_not_allowed');
  });

  it('tells the log what it was and the tenant nothing', async () => {
    const { guard, refused } = guardWith();
    const error: Problem = await guard.checkUrl('https://mixed.example/').then(() => Promise.reject(new Error('accepted')), (e: Problem) => e); // prettier-ignore
    expect(refused).toEqual([{ host: 'mixed.example', port: 443, address: '169.254.169.254', reason: 'address' }]);
    expect(JSON.stringify([error.message, error.extras, error.errors])).not.toMatch(/169|mixed/);
  });

  it('does not take a failure of our own for a refusal', async () => {
    const { guard } = guardWith({ ownHost: () => Promise.reject(new Error('database is away')) });
    await expect(guard.checkUrl('https://good.example/')).rejects.toThrow('database is away');
  });
});

describe('checkConnected', () => {
  it('[004-27] refuses an address that no answer had', () => {
    const { guard, refused } = guardWith();
    const target = { host: 'good.example', port: 443 };
    expect(() => guard.checkConnected(target, '93.184.216.34')).not.toThrow();
    for (const address of ['127.0.0.1', '::ffff:127.0.0.1', undefined])
      expect(() => guard.checkConnected(target, address)).toThrow('destination_not_allowed');
    expect(refused.map(({ reason }) => reason)).toEqual(['address_after_connect', 'address_after_connect', 'address_after_connect']);
  });
});

it('[004-27] a guard of production does not start with loopback opened', () => {
  expect(() => guardWith({ allowed: ['127.0.0.1/32:4010'] })).toThrow(RangeError);
});
