import { Injectable } from '@nestjs/common';
import { fail } from '#contracts/errors.js';
import { TenantDb, type TenantScope } from '#platform/db/index.js';
import { AuditService } from '../../audit/index.js';
import { endpointOut, targetOf } from './endpoint-out.js';
import { EndpointSecrets } from './endpoint-secrets.js';
import type { EndpointOut, EndpointRotated } from './endpoints.dto.js';
import { Endpoints } from './endpoints.service.js';
import { secretRows } from './secrets.repository.js';

/** A change of secret without a delivery that nobody can verify: for a time both sign. */
@Injectable()
export class SecretRotation {
  constructor(
    private readonly db: TenantDb,
    private readonly endpoints: Endpoints,
    private readonly secrets: EndpointSecrets,
    private readonly audit: AuditService,
  ) {}

  /** @param overlap_s how long the old secret still signs; 0: it ends now. @throws Problem rotation_open */
  async rotate(scope: TenantScope, webhook_id: string, overlap_s: number): Promise<EndpointRotated> {
    return this.db.run(scope, async (tx) => {
      const endpoint = await this.endpoints.locked(tx, webhook_id);
      const { secret, version, expires_at } = await this.secrets.rotate(tx, webhook_id, overlap_s);
      await this.audit.record(tx, 'webhook.secret_rotated', {
        targets: [targetOf(endpoint)],
        changes: [{ field: 'version', to: version }, { field: 'expires_at', to: expires_at.toISOString() }], // prettier-ignore
      });
      return { success: true, webhook: { ...endpointOut(await this.endpoints.found(tx, webhook_id)), secret } };
    });
  }

  /** The consumer has the new secret: the old one never signs again. @throws Problem no_rotation */
  async promote(scope: TenantScope, webhook_id: string): Promise<EndpointOut> {
    return this.db.run(scope, async (tx) => {
      const endpoint = await this.endpoints.locked(tx, webhook_id);
      const promoted = await secretRows.promote(tx, webhook_id);
      if (!promoted) throw fail('no_rotation');
      await this.audit.record(tx, 'webhook.secret_promoted', {
        targets: [targetOf(endpoint)],
        changes: [
          { field: 'version', to: promoted.version },
          { field: 'retired_version', to: promoted.retired },
          { field: 'cause', to: 'asked' },
        ],
      });
      return endpointOut(await this.endpoints.found(tx, webhook_id));
    });
  }
}
