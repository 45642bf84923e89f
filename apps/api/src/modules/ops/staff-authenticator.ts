import { Injectable } from '@nestjs/common';
import { fail, Problem } from '#contracts/errors.js';
import { STAFF_ROLES } from '#contracts/permissions.js';
import { StaffAuthenticator, type Claims, type RequestFacts, type StaffMember } from '#platform/auth/index.js';
import { Config } from '#platform/config/index.js';
import { Clock, isUuid } from '#platform/crypto/index.js';
import { PlatformDb } from '#platform/db/index.js';
import { platformQueries, StaffTokens, strangerScope, TenantTokens } from '../identity/index.js';
import { BootstrapToken } from './staff-bootstrap-token.js';
import { staffStep, type StaffStep } from './staff-step.js';
import { staffRows } from './staff.repository.js';

/** Who of the staff asks. Role and session are read in every request, so a change of either holds on the next one. */
@Injectable()
export class SessionStaffAuthenticator extends StaffAuthenticator {
  constructor(
    private readonly db: PlatformDb,
    private readonly staffTokens: StaffTokens,
    private readonly tenantTokens: TenantTokens,
    private readonly bootstrap: BootstrapToken,
    private readonly config: Config,
    private readonly clock: Clock,
  ) {
    super();
  }

  override async authenticate(token: string, request: RequestFacts): Promise<StaffMember> {
    const fallback = await this.bootstrap.member(token, request);
    if (fallback) return fallback;
    const { sid, sub } = await this.claims(token);
    if (!isUuid(sid)) throw fail('unauthenticated');
    const session = await staffRows.session(platformQueries(this.db, strangerScope(request)), sid);
    const isOver =
      !session ||
      session.platform_user_id !== sub ||
      session.revoked_at !== null ||
      session.expires_at.getTime() <= this.clock.now().getTime();
    if (isOver || session.status !== 'active') throw fail('session_revoked');
    return {
      platform_user_id: session.platform_user_id,
      platform_session_id: session.platform_session_id,
      email: session.email_normalized,
      display_name: session.display_name,
      role: session.role,
      permissions: STAFF_ROLES[session.role],
      limited_to: limitOf(staffStep(session, this.config.platform_mfa_required)),
      expires_at: session.expires_at,
      auth_method: 'password',
    };
  }

  private async claims(token: string): Promise<Claims> {
    try {
      return await this.staffTokens.verify(token);
    } catch (error) {
      if (error instanceof Problem && error.code === 'unauthenticated' && (await this.tenantTokens.recognises(token)))
        throw fail('wrong_realm');
      throw error;
    }
  }
}

/** A factor that is due, set up or not, opens the routes of the factor and nothing else. */
const limitOf = (step: StaffStep | null): StaffMember['limited_to'] => (step === 'mfa' ? 'mfa_setup' : step);
