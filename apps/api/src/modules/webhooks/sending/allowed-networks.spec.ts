import { addressOf } from './addresses.js';
import { AllowedNetworks } from './allowed-networks.js';

function has(networks: readonly string[], text: string, port = 443): boolean {
  const address = addressOf(text);
  if (!address) throw new Error(text);
  return new AllowedNetworks(networks, false).has(address, port);
}

describe('allowed networks', () => {
  it.each([
    ['10.1.0.0/16', '10.1.255.1', 443, true],
    ['10.1.0.0/16', '10.2.0.1', 443, false],
    ['10.1.0.0/16', '::ffff:10.1.2.3', 443, true],
    ['127.0.0.1/32:4010', '127.0.0.1', 4010, true],
    ['127.0.0.1/32:4010', '127.0.0.1', 4011, false],
    ['127.0.0.1/32:4010', '127.0.0.2', 4010, false],
    ['fd12::/48', 'fd12::7', 443, true],
    ['[fd12::]/48:8443', 'fd12::7', 8443, true],
    ['[fd12::]/48:8443', 'fd12::7', 443, false],
    ['::1/128:4010', '::1', 4010, true],
    ['fd12::/48', '10.1.2.3', 443, false],
  ])('%s and %s port %i: %s', (network, text, port, answer) => expect(has([network], text, port)).toBe(answer));

  it.each([
    '',
    '10.1.0.0',
    '10.1.0.0/33',
    'fd12::/129',
    'localhost/32',
    '10.1/16',
    '10.0.0.0/8:99999',
    '::ffff:10.0.0.0/104',
    '10.0.0.0/8:',
  ])('%j is no network', (text) => expect(() => new AllowedNetworks([text], false)).toThrow(RangeError));

  it.each([
    '127.0.0.1/32:4010', '127.0.0.0/8', '0.0.0.0/0', '0.0.0.0/1', '128.0.0.0/1', '169.254.169.254/32', '169.254.0.0/16', '168.0.0.0/7', '100.64.0.0/10',
    '::1/128', '::/0', '::/1', 'fe80::/64', 'fe80::/10', 'fd00::/8', 'fd00:ec2::/32', 'fd20:ce::254/128',
  ])('[004-27] production refuses to start with %s', (text) => {
    expect(() => new AllowedNetworks([text], false)).not.toThrow();
    expect(() => new AllowedNetworks([text], true)).toThrow(text);
  }); // prettier-ignore

  it.each(['10.0.0.0/8', '172.16.0.0/12', '192.168.1.7/32:8443', 'fd12:3456::/48'])('production may open %s', (text) => {
    expect(() => new AllowedNetworks([text], true)).not.toThrow();
  });
});
