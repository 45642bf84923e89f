import { BlockList, isIP } from 'node:net';

/** An address in the one spelling that is judged: no zone, no brackets, an IPv4 address in an IPv6 coat taken out of it. */
export interface Address {
  readonly family: 'ipv4' | 'ipv6';
  readonly text: string;
}

/** The IANA special-purpose registry, multicast and reserved space, and what clouds put at an address that looks public. */
const NOT_PUBLIC_V4 = blockList('ipv4', [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10', // carrier-grade NAT, and Alibaba's metadata at 100.100.100.200
  '127.0.0.0/8',
  '168.63.129.16/32', // Azure's host
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24', // Oracle's metadata at 192.0.0.192
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
]);

/** All that IANA has given out as global unicast. What lies outside it (loopback, unique local, link-local, multicast, local NAT64 …) is refused unnamed. */
const GLOBAL_V6 = blockList('ipv6', ['2000::/3']);
const NOT_PUBLIC_V6 = blockList('ipv6', [
  '2001::/23', // Teredo, ORCHID, benchmarking, anycast of protocols
  '2001:db8::/32',
  '2002::/16', // 6to4: an IPv4 address inside, and nobody routes it any more
  '2620:4f:8000::/48',
  '3fff::/20',
]);

/** `::ffff:a.b.c.d` is IPv4 to the kernel; `64:ff9b::a.b.c.d` becomes it at the gateway of a network without IPv4. */
const V4_INSIDE = blockList('ipv6', ['::ffff:0:0/96', '64:ff9b::/96']);

/** @returns null for what is no address: a name, or a notation that URL parsers know and `inet_pton` does not */
export function addressOf(text: string): Address | null {
  const bare = text.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  if (isIP(bare) === 4) return { family: 'ipv4', text: bare };
  if (isIP(bare) !== 6) return null;
  if (!V4_INSIDE.check(bare, 'ipv6')) return { family: 'ipv6', text: bare };
  return { family: 'ipv4', text: lastFourBytes(bare) };
}

/** Public unicast: the only kind of address that a webhook may go to without a word of the operator. */
export function isPublic({ family, text }: Address): boolean {
  if (family === 'ipv4') return !NOT_PUBLIC_V4.check(text, 'ipv4');
  return GLOBAL_V6.check(text, 'ipv6') && !NOT_PUBLIC_V6.check(text, 'ipv6');
}

/** @param networks `10.0.0.0/8`, all of one family */
export function blockList(family: Address['family'], networks: readonly string[]): BlockList {
  const list = new BlockList();
  for (const network of networks) {
    const [base = '', prefix] = network.split('/');
    list.addSubnet(base, Number(prefix), family);
  }
  return list;
}

/** The URL parser writes an IPv6 host in one way: hex groups, the longest run of zeros as `::`. */
function lastFourBytes(address: string): string {
  const groups = new URL(`http://[${address}]/`).hostname.slice(1, -1).split(':');
  const [high = 0, low = 0] = groups.slice(-2).map((group) => Number.parseInt(group || '0', 16));
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}
