import { parseIp } from './ip-address.js';
import { allowedNetworks, isPublic } from './public-address.js';

const judge = (text: string): boolean | null => {
  const address = parseIp(text);
  return address === null ? null : isPublic(address);
};

it.each([
  '0.0.0.0', '0.1.2.3', '10.0.0.1', '10.255.255.255', '100.64.0.1', '100.127.255.255', '100.100.100.200', '127.0.0.1', '127.255.0.1',
  '168.63.129.16', '169.254.169.254', '169.254.170.2', '172.16.0.1', '172.31.255.255', '192.0.0.192', '192.0.2.1', '192.31.196.1', '192.52.193.1',
  '192.88.99.1', '192.168.0.1', '192.175.48.1', '198.18.0.1', '198.19.255.255', '198.51.100.1', '203.0.113.1', '224.0.0.1', '239.255.255.255',
  '240.0.0.1', '255.255.255.255',
  '::', '::1', '::127.0.0.1', '::ffff:127.0.0.1', '::ffff:a9fe:a9fe', '::ffff:0:127.0.0.1', '64:ff9b::a9fe:a9fe', '64:ff9b::10.0.0.1',
  '64:ff9b:1::808:808', '100::1', '2001::1', '2001:0:53aa:64c:0:fbff:3f57:fe4e', '2001:10::1', '2001:20::1', '2001:db8::1', '2002:7f00:1::',
  '2002:808:808::1', '3fff::1', '5f00::1', 'fc00::1', 'fd00:ec2::254', 'fe80::1', 'fe80::1%eth0', 'fec0::1', 'ff02::1', '4000::1',
])('[004-27] %s is not public', (address) => {
  expect(judge(address)).toBe(false);
}); // prettier-ignore

it.each([
  '1.1.1.1', '8.8.8.8', '9.255.255.255', '11.0.0.0', '93.184.216.34', '100.63.255.255', '100.128.0.0', '126.255.255.255', '128.0.0.0', '168.63.129.17',
  '169.253.255.255', '172.15.255.255', '172.32.0.0', '192.167.255.255', '192.169.0.0', '198.17.255.255', '198.20.0.0', '223.255.255.255',
  '2001:200::1', '2606:4700:4700::1111', '2a00:1450:4001::200e', '::ffff:8.8.8.8', '64:ff9b::8.8.8.8',
])('%s is public', (address) => {
  expect(judge(address)).toBe(true);
}); // prettier-ignore

it.each(['', 'localhost', '2130706433', '0x7f.1', '127.1', '0177.0.0.1', '1.2.3', '1.2.3.4.5', '[::1]', '::1::', ':::', 'fe80::1/64'])(
  '%p is no address',
  (text) => {
    expect(judge(text)).toBeNull();
  },
);

describe('allowedNetworks', () => {
  it('[004-27] refuses in production what holds the host itself or its metadata', () => {
    for (const text of [
      '127.0.0.1/32',
      '127.0.0.0/8:4010',
      '0.0.0.0/0',
      '::1/128',
      '::/0',
      '169.254.169.254/32',
      'fe80::/64',
      'fd00:ec2::/64',
      '::ffff:127.0.0.1/32',
    ]) {
      expect(() => allowedNetworks([text], true)).toThrow(text);
      expect(allowedNetworks([text], false)).toHaveLength(1);
    }
    expect(allowedNetworks(['10.1.0.0/16', 'fd00:1::/32', '10.1.2.3/32:8443'], true)).toHaveLength(3);
  });

  it('refuses what is no network', () => {
    for (const text of ['10.0.0.0', '10.0.0.0/33', '10.0.0/8', '10.0.0.0/8:0', '10.0.0.0/8:70000', 'example.com/8', '::/129', '']) {
      expect(() => allowedNetworks([text], false)).toThrow('is no network');
    }
  });
});
