import { Resolver } from 'node:dns/promises';

/** Seconds an answer is believed: long enough to spare the resolver, short enough to follow a move. */
const MIN_TTL_S = 1;
const MAX_TTL_S = 60;
const NEGATIVE_TTL_S = 5;
const MAX_NAMES = 2_000;

interface TimedAddress {
  readonly address: string;
  readonly ttl: number;
}
/** The part of a resolver this needs: `node:dns` has it, tests bring their own. */
export interface AddressResolver {
  resolve4(name: string, options: { ttl: true }): Promise<readonly TimedAddress[]>;
  resolve6(name: string, options: { ttl: true }): Promise<readonly TimedAddress[]>;
}

/** The name has no address now. */
export class NameNotResolved extends Error {}

interface Entry {
  readonly until_ms: number;
  readonly addresses: Promise<readonly string[]>;
}

/**
 * Addresses of names, by c-ares. Never by getaddrinfo: four threads do that for the whole process, and one slow name would hold them.
 * So the hosts file is not read.
 */
export class DnsCache {
  readonly #entries = new Map<string, Entry>();

  constructor(
    private readonly resolver: AddressResolver = new Resolver({ timeout: 2_000, tries: 2 }),
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** All addresses of both families, at least one. @throws NameNotResolved */
  async addresses(name: string): Promise<readonly string[]> {
    const known = this.#entries.get(name);
    const addresses = known && known.until_ms > this.now() ? known.addresses : this.#ask(name);
    const found = await addresses;
    if (found.length === 0) throw new NameNotResolved();
    return found;
  }

  /** Callers that come while the question is open share its answer. */
  #ask(name: string): Promise<readonly string[]> {
    const answer = Promise.all([this.#family('resolve4', name), this.#family('resolve6', name)]).then((both) => {
      const all = both.flat();
      const ttl_s = all.length === 0 ? NEGATIVE_TTL_S : Math.min(MAX_TTL_S, Math.max(MIN_TTL_S, Math.min(...all.map(({ ttl }) => ttl))));
      const addresses = all.map(({ address }) => address);
      this.#keep(name, { until_ms: this.now() + ttl_s * 1_000, addresses: Promise.resolve(addresses) });
      return addresses;
    });
    this.#keep(name, { until_ms: Number.POSITIVE_INFINITY, addresses: answer });
    return answer;
  }

  async #family(ask: 'resolve4' | 'resolve6', name: string): Promise<readonly TimedAddress[]> {
    try {
      return await this.resolver[ask](name, { ttl: true });
    } catch {
      // No such record, or a server that fails: either way a family without addresses, and the other one may do.
      return [];
    }
  }

  #keep(name: string, entry: Entry): void {
    this.#entries.delete(name);
    this.#entries.set(name, entry);
    const oldest = this.#entries.size > MAX_NAMES ? this.#entries.keys().next().value : undefined;
    if (oldest !== undefined) this.#entries.delete(oldest);
  }
}
