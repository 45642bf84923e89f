import type { BlockList } from 'node:net';
import { addressOf, blockList, type Address } from './addresses.js';

/** What lives on the machine itself or answers with its credentials: no production opens it, not even as a part of a larger network. */
const NEVER_V4 = ['0.0.0.0/8', '100.100.100.200/32', '127.0.0.0/8', '168.63.129.16/32', '169.254.0.0/16', '192.0.0.192/32'];
const NEVER_V6 = ['::/127', 'fd00:ec2::254/128', 'fd20:ce::254/128', 'fe80::/10'];

interface AllowedNetwork {
  readonly family: Address['family'];
  readonly network: BlockList;
  /** null: every port. */
  readonly port: number | null;
}

/** Networks that are not public and may be reached all the same, because the operator says so. */
export class AllowedNetworks {
  private readonly networks: readonly AllowedNetwork[];

  /**
   * @param texts `10.1.0.0/16`, `fd12::/48`, `127.0.0.1/32:4010`
   * @throws RangeError for what is no network, and in production for one that holds loopback, link-local or metadata addresses
   */
  constructor(texts: readonly string[], production: boolean) {
    this.networks = texts.map((text) => parse(text, production));
  }

  has(address: Address, port: number): boolean {
    return this.networks.some(
      (allowed) =>
        allowed.family === address.family &&
        (allowed.port === null || allowed.port === port) &&
        allowed.network.check(address.text, address.family),
    );
  }
}

function parse(text: string, production: boolean): AllowedNetwork {
  const [, base = '', prefix = '', port] = /^\[?([\da-f.:]+)\]?\/(\d{1,3})(?::(\d{1,5}))?$/i.exec(text) ?? [];
  const address = addressOf(base);
  const bits = Number(prefix);
  // A mapped base would count its prefix from another start than it is judged by.
  if (address?.text !== base || bits > (address.family === 'ipv4' ? 32 : 128) || Number(port ?? 1) > 65_535)
    throw new RangeError(`WEBHOOK_ALLOWED_CIDRS: ${text} is no network`);
  const network = blockList(address.family, [`${base}/${prefix}`]);
  if (production && meets(address, network)) throw new RangeError(`WEBHOOK_ALLOWED_CIDRS: ${text} must not be opened in production`);
  return { family: address.family, network, port: port === undefined ? null : Number(port) };
}

/** Two networks meet when one holds the base of the other. */
function meets({ family, text }: Address, network: BlockList): boolean {
  const never = family === 'ipv4' ? NEVER_V4 : NEVER_V6;
  return blockList(family, never).check(text, family) || never.some((other) => network.check(other.replace(/\/.*/, ''), family));
}
