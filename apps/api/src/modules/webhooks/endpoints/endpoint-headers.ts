import { Injectable } from '@nestjs/common';
import { invalid } from '#contracts/errors.js';
import { KeyRings, open, seal } from '#platform/crypto/index.js';
import { customHeaders } from '../sending/index.js';

export interface SealedHeaders {
  readonly headers_enc: string | null;
  readonly header_names: readonly string[];
}

/** The tenant's own headers of an endpoint. They may hold a credential of the receiver, so they are sealed and never returned. */
@Injectable()
export class EndpointHeaders {
  constructor(private readonly rings: KeyRings) {}

  /** @throws Problem header_not_allowed, validation_failed */
  seal(tenant_id: string, webhook_id: string, given: Readonly<Record<string, unknown>>): SealedHeaders {
    const headers = customHeaders(texts(given));
    const header_names = Object.keys(headers);
    if (header_names.length === 0) return { headers_enc: null, header_names };
    return { headers_enc: seal(this.rings.ring('webhooks'), placeOf(tenant_id, webhook_id), JSON.stringify(headers)), header_names };
  }

  /** @throws Problem decryption_failed */
  reveal(tenant_id: string, webhook_id: string, headers_enc: string | null): Readonly<Record<string, string>> {
    if (headers_enc === null) return {};
    return JSON.parse(open(this.rings.ring('webhooks'), placeOf(tenant_id, webhook_id), headers_enc).toString()) as Record<string, string>;
  }
}

const placeOf = (tenant_id: string, webhook_id: string): string => `webhook_endpoints:headers_enc:${tenant_id}:${webhook_id}`;

function texts(given: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const errors = Object.entries(given)
    .filter(([, value]) => typeof value !== 'string')
    .map(([name]) => ({
      field: `/headers/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`,
      code: 'not_text',
      message: 'A header is a text.',
    }));
  if (errors.length) throw invalid(errors);
  return given as Readonly<Record<string, string>>;
}
