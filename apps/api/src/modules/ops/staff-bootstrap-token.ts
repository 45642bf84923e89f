import { Injectable } from '@nestjs/common';
import { STAFF_ROLES } from '#contracts/permissions.js';
import type { RequestFacts, StaffMember } from '#platform/auth/index.js';
import { Config } from '#platform/config/index.js';
import { Clock, equal } from '#platform/crypto/index.js';
import { PlatformDb } from '#platform/db/index.js';
import { AuditService } from '../audit/index.js';
import { bootstrapScope } from './staff-scope.js';

/** Under this id acts whoever has BOOTSTRAP_TOKEN. No account has it. */
export const BOOTSTRAP_ID = '00000000-0000-0000-0000-000000000001';
const PLATFORM_ROUTES = '/api/v1/platform/';
const HOUR_MS = 3_600_000;

/**
 * The door for the day on which nobody of the staff can sign in: a text from the environment that is superuser on `/platform/*`, and on
 * nothing else. Every use is audited, before the route runs.
 */
@Injectable()
export class BootstrapToken {
  constructor(
    private readonly db: PlatformDb,
    private readonly audit: AuditService,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  /** null: it is another token, or there is none. Compared as digests, whatever the length. */
  async member(token: string, request: RequestFacts): Promise<StaffMember | null> {
    const { bootstrap_token } = this.config;
    if (bootstrap_token === '' || !equal(token, bootstrap_token) || !request.route.startsWith(PLATFORM_ROUTES)) return null;
    await this.db.run(bootstrapScope(request, BOOTSTRAP_ID), (tx) =>
      this.audit.record(tx, 'platform.bootstrap_token_used', {
        targets: [{ type: 'platform_user', id: BOOTSTRAP_ID }],
        reason: `${request.method} ${request.route}`,
      }),
    );
    return {
      platform_user_id: BOOTSTRAP_ID,
      platform_session_id: BOOTSTRAP_ID,
      email: 'bootstrap-token',
      display_name: 'BOOTSTRAP_TOKEN',
      role: 'superuser',
      permissions: STAFF_ROLES.superuser,
      limited_to: null,
      expires_at: new Date(this.clock.now().getTime() + HOUR_MS),
      auth_method: 'bootstrap_token',
    };
  }
}
