import { Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';

interface Answer {
  readonly address: string;
  /** seconds */
  readonly ttl: number;
}
type Ask = (name: string, options: { ttl: true }) => Promise<Answer[]>;

/** c-ares, or what a test answers instead. */
export interface NameServer {
  readonly resolve4: Ask;
  readonly resolve6: Ask;
}

interface Entry {
  readonly addresses: Promise<readonly string[]>;
  until_ms: number;
}

const MOST_NAMES = 10_000;
const LEAST_MS = 1_000;
const MOST_MS = 60_000;
const FAILED_MS = 5_000;

/**
 * Names to addresses by c-ares: getaddrinfo has four threads for the whole process, so a few slow name servers would stop everybody.
 * The hosts file is therefore not read. Remembers answers for their TTL (1 to 60 s) and failures for 5 s; one question at a time for a name.
 */
export class NameLookup {
  /** The first is the one that was not asked for longest. */
  private readonly entries = new Map<string, Entry>();

  constructor(
    private readonly server: NameServer = cAres(),
    private readonly now: () => number = Date.now,
  ) {}

  /**
   * @returns at least one address; a literal is its own
   * @throws Error when the name does not resolve
   */
  addresses(host: string): Promise<readonly string[]> {
    if (isIP(host)) return Promise.resolve([host]);
    // RFC 6761: never asked for, and always this machine.
    if (/(^|\.)localhost$/.test(host)) return Promise.resolve(['127.0.0.1']);
    const known = this.entries.get(host);
    const entry = known && known.until_ms > this.now() ? known : this.ask(host);
    this.entries.delete(host);
    this.entries.set(host, entry);
    const [oldest] = this.entries.keys();
    if (this.entries.size > MOST_NAMES && oldest !== undefined) this.entries.delete(oldest);
    return entry.addresses;
  }

  private ask(host: string): Entry {
    const answers = this.both(host);
    const entry: Entry = { addresses: answers.then((all) => all.map(({ address }) => address)), until_ms: Infinity };
    const remember = (ms: number): void => void (entry.until_ms = this.now() + ms);
    answers.then(
      (all) => remember(Math.min(Math.max(Math.min(...all.map(({ ttl }) => ttl)) * 1_000, LEAST_MS), MOST_MS)),
      () => remember(FAILED_MS),
    );
    return entry;
  }

  /** A name with addresses of one family answers the other question with an error, so one good answer is enough. */
  private async both(host: string): Promise<readonly Answer[]> {
    const settled = await Promise.allSettled([this.server.resolve4(host, { ttl: true }), this.server.resolve6(host, { ttl: true })]);
    const found = settled.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
    if (found.length) return found;
    throw new Error('no address', { cause: settled.map((one) => (one.status === 'rejected' ? (one.reason as unknown) : null)) });
  }
}

function cAres(): NameServer {
  const resolver = new Resolver({ timeout: 2_000, tries: 2 });
  return { resolve4: (name, options) => resolver.resolve4(name, options), resolve6: (name, options) => resolver.resolve6(name, options) };
}
