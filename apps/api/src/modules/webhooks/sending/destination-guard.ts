import { invalid, type Problem } from '#contracts/errors.js';
import { isHostName, isPortAllowed, readUrl, type Destination, type UrlFault } from './destination.js';
import { DnsCache, NameNotResolved } from './dns-cache.js';
import { contains, parseIp, type Network } from './ip-address.js';
import { allowedNetworks, isPublic } from './public-address.js';
import type { GuardOptions, RefusedDestination } from './types.js';

/** The destination is not one that webhooks may reach. What it was stays in the security log. */
export class DestinationRefused extends Error {}

const FAULTS: Record<UrlFault, string> = {
  not_a_url: 'This is no address of the web.',
  too_long: 'The address has more than 2048 characters.',
  bad_scheme: 'The address must begin with https://.',
  has_credentials: 'The address must not hold a user name or a password: use a header.',
  has_fragment: 'The address must not hold a "#".',
};

/** URLs read once: as many as a process sends to in a while. */
const MAX_KNOWN = 4_000;

/** Decides where a webhook may go: at create by `checkUrl`, at every connect by the sender. */
export class DestinationGuard {
  readonly #allowed: readonly Network[];
  readonly #known = new Map<string, Destination>();

  /** @throws Error when `allowed` holds what is no network or, in production, an address of the host itself */
  constructor(
    readonly options: GuardOptions,
    private readonly dns: DnsCache = new DnsCache(),
  ) {
    this.#allowed = allowedNetworks(options.allowed, options.production);
  }

  /**
   * For create and change. A name that does not resolve now is accepted: the send decides.
   * @throws Problem validation_failed (`/url`) for what is no usable address, destination_not_allowed for where it leads
   */
  async checkUrl(url: string): Promise<void> {
    const destination = readUrl(url, this.options);
    if (typeof destination === 'string') throw refusedUrl(destination);
    try {
      this.checkPort(destination);
      await this.addressesOf(destination);
    } catch (error) {
      if (error instanceof DestinationRefused) throw notAllowed();
      if (!(error instanceof NameNotResolved)) throw error;
    }
  }

  /** The destination of a stored URL, by the rules as they are now. @throws DestinationRefused */
  destinationOf(url: string): Destination {
    const known = this.#known.get(url);
    if (known !== undefined) return known;
    const destination = readUrl(url, this.options);
    if (typeof destination === 'string') throw new DestinationRefused(destination);
    this.checkPort(destination);
    const oldest = this.#known.size < MAX_KNOWN ? undefined : this.#known.keys().next().value;
    if (oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(url, destination);
    return destination;
  }

  /**
   * The addresses to connect to, each of them allowed: one refused answer refuses the name, whatever else it says.
   * @throws DestinationRefused, NameNotResolved
   */
  async addressesOf({ host, port }: Pick<Destination, 'host' | 'port'>): Promise<readonly string[]> {
    const literal = parseIp(host) !== null;
    if ((!literal && isHostName(host)) || (await this.options.ownHost(host)))
      throw this.#refuse({ host, port, address: null, reason: 'own_host' });
    const addresses = literal ? [host] : await this.dns.addresses(host);
    for (const address of addresses) this.checkAddress({ host, port, address, reason: 'address' });
    return addresses;
  }

  /** @throws DestinationRefused */
  checkAddress(tried: RefusedDestination & { readonly address: string }): void {
    const address = parseIp(tried.address);
    const allowed =
      address !== null &&
      (isPublic(address) || this.#allowed.some((network) => (network.port ?? tried.port) === tried.port && contains(network, address)));
    if (!allowed) throw this.#refuse(tried);
  }

  private checkPort({ host, port }: Destination): void {
    if (!isPortAllowed(port, this.options)) throw this.#refuse({ host, port, address: null, reason: 'port' });
  }

  #refuse(destination: RefusedDestination): DestinationRefused {
    this.options.refused?.(destination);
    return new DestinationRefused(destination.reason);
  }
}

function refusedUrl(fault: UrlFault): Problem {
  return invalid([{ field: '/url', code: fault, message: FAULTS[fault] }]);
}

/** One text for every reason: more would map our network for whoever asks. */
function notAllowed(): Problem {
  return invalid(
    [{ field: '/url', code: 'destination_not_allowed', message: 'Webhooks cannot be sent to this address.' }],
    'destination_not_allowed',
  );
}
