import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { fail } from '#contracts/errors.js';
import { Clock, KeyRings, open, seal } from '#platform/crypto/index.js';
import type { Tx } from '#platform/db/index.js';
import { secretRows } from './secrets.repository.js';

/**
 * Secrets of endpoints: made here, shown once, sealed at rest. 64 hex characters are also valid base64, so one text serves consumers
 * that take the secret as it is and libraries that decode it.
 */
@Injectable()
export class EndpointSecrets {
  constructor(
    private readonly rings: KeyRings,
    private readonly clock: Clock,
  ) {}

  /** The first one. @returns what is shown once */
  async first(tx: Tx, webhook_id: string): Promise<string> {
    return this.add(tx, webhook_id, 1, 'current');
  }

  /**
   * A new secret beside the old one, which signs for `overlap_s` longer. 0: it ends now, because it has leaked.
   * @throws Problem rotation_open
   */
  async rotate(tx: Tx, webhook_id: string, overlap_s: number): Promise<{ secret: string; version: number; expires_at: Date }> {
    const current = await secretRows.open(tx, webhook_id);
    if (current.some(({ state }) => state === 'next')) throw fail('rotation_open');
    const expires_at = new Date(this.clock.now().getTime() + overlap_s * 1_000);
    const version = (await secretRows.newest(tx, webhook_id)) + 1;
    const secret = await this.add(tx, webhook_id, version, 'next');
    if (overlap_s === 0) await secretRows.promote(tx, webhook_id);
    else await secretRows.expireCurrent(tx, webhook_id, expires_at);
    return { secret, version, expires_at };
  }

  /** The text of a sealed secret. @throws Problem decryption_failed */
  reveal(tenant_id: string, webhook_id: string, version: number, secret_enc: string): string {
    return open(this.rings.ring('webhooks'), placeOf(tenant_id, webhook_id, version), secret_enc).toString();
  }

  private async add(tx: Tx, webhook_id: string, version: number, state: 'current' | 'next'): Promise<string> {
    const secret = randomBytes(32).toString('hex');
    const sealed = seal(this.rings.ring('webhooks'), placeOf(String(tx.tenant_id), webhook_id, version), secret);
    await secretRows.insert(tx, webhook_id, version, state, sealed);
    return secret;
  }
}

const placeOf = (tenant_id: string, webhook_id: string, version: number): string =>
  `webhook_secrets:secret_enc:${tenant_id}:${webhook_id}:${version}`;
