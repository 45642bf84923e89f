import { fail, invalid } from '#contracts/errors.js';
import { addressOf, isPublic } from './addresses.js';
import { AllowedNetworks } from './allowed-networks.js';
import { NameLookup } from './name-lookup.js';
import { SendFault } from './send-fault.js';
import type { GuardOptions, RefusedDestination } from './types.js';
import { until } from './until.js';
import { isPortAllowed, parseWebhookUrl, type UrlFault, type WebhookUrl } from './webhook-url.js';

/** Where a connection wants to go. `host` and `port` as `parseWebhookUrl` reads them. */
export type Target = Pick<WebhookUrl, 'host' | 'port'>;

/** Somebody waits for the answer of a create; a name server that takes longer is left to the send. */
const CREATE_DNS_MS = 2_000;

/** Names at which a cloud hands out the credentials of the machine; inside it they resolve to refused addresses, elsewhere to nothing. */
const METADATA_HOSTS = new Set(['metadata', 'metadata.google.internal', 'metadata.goog', 'instance-data', 'instance-data.ec2.internal']);

const URL_SENTENCES: Readonly<Record<UrlFault, string>> = {
  too_long: 'An address has at most 2,048 characters.',
  not_a_url: 'This is no address of a receiver.',
  scheme: 'The address starts with https://.',
  userinfo: 'The address has no user name and no password; use a header.',
  fragment: 'The address has no #.',
};

/**
 * Decides where a webhook may go: at create by `checkUrl`, at every connect by the sender.
 * A name is refused if any of its addresses is: which one a connection takes is not ours to say.
 */
export class DestinationGuard {
  private readonly allowed: AllowedNetworks;

  /** @throws RangeError when `allowed` has what is no network, or what production must not open */
  constructor(
    readonly options: GuardOptions,
    private readonly names: NameLookup = new NameLookup(),
  ) {
    this.allowed = new AllowedNetworks(options.allowed, options.production);
  }

  /**
   * For create and change. A name that does not resolve now is accepted: the send decides.
   * @throws Problem validation_failed (`/url`) for what is no usable address, destination_not_allowed for where it leads
   */
  async checkUrl(text: string): Promise<void> {
    const parsed = parseWebhookUrl(text, this.options.allow_http);
    if (typeof parsed === 'string') throw invalid([{ field: '/url', code: parsed, message: URL_SENTENCES[parsed] }]);
    const patience = AbortSignal.timeout(CREATE_DNS_MS);
    await until(patience, this.addresses(parsed)).catch((error: unknown) => {
      if (error === patience.reason || (error instanceof SendFault && error.code === 'dns_failed')) return;
      throw error instanceof SendFault ? fail('destination_not_allowed') : error;
    });
  }

  /**
   * The address of an endpoint, read again at each send: the rules may have changed since it was stored.
   * @throws SendFault destination_not_allowed
   */
  target(text: string): WebhookUrl {
    const parsed = parseWebhookUrl(text, this.options.allow_http);
    if (typeof parsed === 'string') throw new SendFault('destination_not_allowed');
    return parsed;
  }

  /**
   * The addresses to connect to, each of them allowed.
   * @throws SendFault destination_not_allowed, dns_failed
   */
  async addresses(target: Target): Promise<readonly string[]> {
    const { host, port } = target;
    if (!isPortAllowed(port, this.options.blocked_ports)) throw this.refusal(target, null, 'port');
    if (METADATA_HOSTS.has(host)) throw this.refusal(target, null, 'address');
    if (await this.options.ownHost(host)) throw this.refusal(target, null, 'own_host');
    const addresses = await this.names.addresses(host).catch((error: unknown) => {
      throw new SendFault('dns_failed', { cause: error });
    });
    const refused = addresses.find((address) => !this.isAllowed(address, port));
    if (refused !== undefined) throw this.refusal(target, refused, 'address');
    return addresses;
  }

  /**
   * What the socket is really connected to, before a byte is written.
   * @throws SendFault destination_not_allowed
   */
  checkConnected(target: Target, address: string | undefined): void {
    if (address === undefined || !this.isAllowed(address, target.port))
      throw this.refusal(target, address ?? null, 'address_after_connect');
  }

  private isAllowed(text: string, port: number): boolean {
    const address = addressOf(text);
    return address !== null && (isPublic(address) || this.allowed.has(address, port));
  }

  private refusal({ host, port }: Target, address: string | null, reason: RefusedDestination['reason']): SendFault {
    this.options.refused?.({ host, port, address, reason });
    return new SendFault('destination_not_allowed');
  }
}
