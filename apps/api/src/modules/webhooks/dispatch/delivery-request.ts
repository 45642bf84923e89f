import { Injectable } from '@nestjs/common';
import { EndpointHeaders } from '../endpoints/endpoint-headers.js';
import { EndpointSecrets } from '../endpoints/endpoint-secrets.js';
import type { SendRequest, SigningSecrets } from '../sending/index.js';
import type { ClaimedDelivery } from './claim.repository.js';

const KEPT = 4_000;

/** Makes the request of a claimed delivery, from the endpoint as it is now. Opened secrets stay in memory, the newest 4,000. */
@Injectable()
export class DeliveryRequests {
  readonly #opened = new Map<string, unknown>();

  constructor(
    private readonly secrets: EndpointSecrets,
    private readonly headers: EndpointHeaders,
  ) {}

  /** @throws Problem decryption_failed; an Error when the endpoint has no secret or the event is gone */
  of(claimed: ClaimedDelivery): SendRequest & { readonly rotating: boolean } {
    const { tenant_id, webhook_id, delivery_id, event_id, body } = claimed;
    if (body === null) throw new Error('the event is no longer kept');
    return {
      url: claimed.url,
      body,
      event_type: claimed.event_type,
      delivery_id,
      attempt: claimed.attempts,
      headers:
        claimed.headers_enc === null ? {} : this.#open(claimed.headers_enc, (sealed) => this.headers.reveal(tenant_id, webhook_id, sealed)),
      secrets: this.#secretsOf(claimed),
      rotating: claimed.current_enc !== null && claimed.next_enc !== null,
      timeout_ms: claimed.timeout_ms,
      // One trace an event: its deliveries are spans of it.
      traceparent: `00-${event_id.replaceAll('-', '')}-${delivery_id.replaceAll('-', '').slice(16)}-01`,
    };
  }

  #secretsOf({ tenant_id, webhook_id, current_version, current_enc, next_version, next_enc }: ClaimedDelivery): SigningSecrets {
    const reveal = (version: number | null, sealed: string | null): string | null =>
      sealed === null || version === null ? null : this.#open(sealed, (text) => this.secrets.reveal(tenant_id, webhook_id, version, text));
    const current = reveal(current_version, current_enc);
    const next = reveal(next_version, next_enc);
    if (current !== null && next !== null) return { current, next, legacy: 'current' };
    const only = current ?? next; // the overlap is over: the old one signs no more, whether or not that was written down yet
    if (only === null) throw new Error('the endpoint has no secret');
    return { current: only };
  }

  /** A sealed text is never sealed twice alike, so it names its content. */
  #open<T>(sealed: string, reveal: (sealed: string) => T): T {
    const known = this.#opened.get(sealed) as T | undefined;
    if (known !== undefined) return known;
    const opened = reveal(sealed);
    this.#opened.set(sealed, opened);
    if (this.#opened.size > KEPT) this.#opened.delete(this.#opened.keys().next().value as string);
    return opened;
  }
}
