import { isIP, isIPv4 } from 'node:net';

/** An address as a number. IPv4 inside IPv6 (mapped, or behind the well-known NAT64 prefix) is IPv4: that is where the packets go. */
export interface IpAddress {
  readonly family: 4 | 6;
  readonly value: bigint;
}

/** A network, and the one port it is meant for. */
export interface Network extends IpAddress {
  readonly bits: number;
  readonly port: number | null;
}

const MAPPED = 0xffffn;
const NAT64 = 0x64ff9bn << 64n;

/** null for anything but an address. A zone id is dropped: `fe80::1%eth0` is `fe80::1`. */
export function parseIp(text: string): IpAddress | null {
  const bare = text.split('%', 1)[0] ?? '';
  if (isIP(bare) === 0) return null;
  if (isIPv4(bare)) return { family: 4, value: v4(bare) };
  const value = v6(bare);
  const above = value >> 32n;
  return above === MAPPED || above === NAT64 ? { family: 4, value: value & 0xffff_ffffn } : { family: 6, value };
}

/** `10.1.0.0/16`, `fd00::/8`, `127.0.0.1/32:4010` (that port alone). null for anything else. */
export function parseNetwork(text: string): Network | null {
  const match = /^\[?([0-9a-fA-F:.]+)\]?\/(\d{1,3})(?::(\d{1,5}))?$/.exec(text.trim());
  const address = parseIp(match?.[1] ?? '');
  if (!match || address === null) return null;
  const bits = Number(match[2]);
  const port = match[3] === undefined ? null : Number(match[3]);
  if (bits > (address.family === 4 ? 32 : 128) || (port !== null && (port < 1 || port > 65_535))) return null;
  return { ...address, bits, port };
}

export function contains(network: Network, { family, value }: IpAddress): boolean {
  const shift = BigInt((network.family === 4 ? 32 : 128) - network.bits);
  return network.family === family && value >> shift === network.value >> shift;
}

/** Whether two networks share an address. */
export function overlaps(a: Network, b: Network): boolean {
  return a.bits <= b.bits ? contains(a, b) : contains(b, a);
}

const v4 = (text: string): bigint => text.split('.').reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);

function v6(text: string): bigint {
  const [head = '', tail] = text.split('::');
  const left = groups(head);
  const right = groups(tail ?? '');
  const middle = tail === undefined ? [] : Array.from({ length: 8 - left.length - right.length }, () => 0n);
  return [...left, ...middle, ...right].reduce((sum, group) => (sum << 16n) | group, 0n);
}

/** The 16-bit groups of one side of `::`; a dotted IPv4 at the end is two of them. */
function groups(side: string): bigint[] {
  if (side === '') return [];
  return side.split(':').flatMap((group) => {
    if (!group.includes('.')) return [BigInt(`0x${group}`)];
    const low = v4(group);
    return [low >> 16n, low & 0xffffn];
  });
}
