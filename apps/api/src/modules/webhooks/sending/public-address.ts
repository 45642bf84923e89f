import { contains, overlaps, parseNetwork, type IpAddress, type Network } from './ip-address.js';

const networks = (...texts: readonly string[]): readonly Network[] =>
  texts.map((text) => {
    const network = parseNetwork(text);
    if (network === null) throw new Error(`"${text}" is no network`);
    return network;
  });

/** This host and its link, the cloud's metadata among them: never opened in production. */
const OF_THIS_HOST = networks('0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '::/127', 'fe80::/10', 'fd00:ec2::254/128');

/** The registry of special-purpose addresses (RFC 6890 and its updates), multicast, and the metadata servers that live outside it. */
const SPECIAL = networks(
  '0.0.0.0/8', // this network
  '10.0.0.0/8',
  '100.64.0.0/10', // shared by carriers; a cloud's metadata at 100.100.100.200
  '127.0.0.0/8',
  '168.63.129.16/32', // Azure's server for its own machines, though the address is public
  '169.254.0.0/16', // link-local, and the metadata of most clouds
  '172.16.0.0/12',
  '192.0.0.0/24', // protocols of the IETF
  '192.0.2.0/24', // documentation
  '192.31.196.0/24', // AS112
  '192.52.193.0/24', // AMT
  '192.88.99.0/24', // 6to4 relays
  '192.168.0.0/16',
  '192.175.48.0/24', // AS112
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, broadcast
  '2001::/23', // Teredo, ORCHID, benchmarks
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4: holds an IPv4 address that a relay would reach
  '2620:4f:8000::/48', // AS112
  '3fff::/20', // documentation
);

/** The one block of IPv6 that is given out for the internet; all outside it (loopback, unique-local, link-local, multicast) is special. */
const GLOBAL_V6 = networks('2000::/3');

/** True for public unicast only. */
export function isPublic(address: IpAddress): boolean {
  if (address.family === 6 && !GLOBAL_V6.some((network) => contains(network, address))) return false;
  return !SPECIAL.some((network) => contains(network, address));
}

/**
 * `WEBHOOK_ALLOWED_CIDRS` read.
 * @throws Error naming the entry that is no network or, in production, holds addresses of the host itself
 */
export function allowedNetworks(texts: readonly string[], production: boolean): readonly Network[] {
  const allowed = networks(...texts);
  const own = production ? allowed.findIndex((network) => OF_THIS_HOST.some((one) => overlaps(network, one))) : -1;
  if (own !== -1) throw new Error(`"${texts[own]}" would let webhooks reach this host itself: not in production`);
  return allowed;
}
