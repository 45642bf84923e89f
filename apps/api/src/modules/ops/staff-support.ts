import { Injectable } from '@nestjs/common';
import type { RequestFacts } from '#platform/auth/index.js';
import type { PlatformScope } from '#platform/db/index.js';
import { statedReason } from '../audit/index.js';
import { SupportAccess } from '../identity/index.js';
import type { SupportAccessStartIn, SupportStartedOut } from './staff-people.dto.js';

/** The console's side of support access; what it is and how far it goes is with identity, whose token it is. */
@Injectable()
export class StaffSupport {
  constructor(private readonly access: SupportAccess) {}

  /** @throws Problem reason_required, not_found, permission_denied */
  async start(scope: PlatformScope, facts: RequestFacts, tenant_id: string, input: SupportAccessStartIn): Promise<SupportStartedOut> {
    const reason = statedReason(input.reason);
    const { token, expires_in, impersonation, tenant } = await this.access.start(scope, facts, {
      tenant_id, user_id: input.user_id.toLowerCase(), reason, mode: input.mode ?? 'read_only',
    }); // prettier-ignore
    const { impersonation_id, user_id, mode, expires_at } = impersonation;
    return {
      token,
      access_token: token,
      token_type: 'Bearer',
      expires_in,
      tenant: { tenant_id, ...tenant },
      impersonation: { impersonation_id, user_id, reason, mode, expires_at: expires_at.toISOString() },
    };
  }

  end(scope: PlatformScope, impersonation_id: string): Promise<void> {
    return this.access.end(scope, impersonation_id);
  }
}
