import { Injectable } from '@nestjs/common';
import { RefreshCookie, type Caller } from '#platform/auth/index.js';
import { Config } from '#platform/config/index.js';
import { Clock } from '#platform/crypto/index.js';
import { CHALLENGE_TTL_S, StaffTokens } from '../identity/index.js';
import { staffStep } from './staff-step.js';
import type { StaffMemberOut, StaffSignedInOut } from './staff.dto.js';
import type { StaffRow } from './staff.repository.js';

const ACCESS_TTL_S = 900;

/** The one answer of the staff's login, refresh and password change. */
@Injectable()
export class StaffAnswers {
  readonly cookie: RefreshCookie;

  constructor(
    private readonly tokens: StaffTokens,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {
    this.cookie = new RefreshCookie('tenantry_staff', config);
  }

  give(
    caller: Caller,
    session: StaffRow & { readonly platform_session_id: string; readonly expires_at: Date; readonly mfa_at: Date | null },
    refresh_token: string,
  ): StaffSignedInOut {
    const next = staffStep(session, this.config.platform_mfa_required);
    // What the token opens is read from the account in every request; `lim` only tells the client.
    const lim = next === 'change_password' || next === 'mfa_setup' ? { lim: next } : {};
    const token = this.tokens.sign({ sub: session.platform_user_id, sid: session.platform_session_id, ...lim }, ACCESS_TTL_S);
    const left_s = Math.max(0, Math.floor((session.expires_at.getTime() - this.clock.now().getTime()) / 1000));
    if (caller.kind === 'web') this.cookie.keep(caller, refresh_token, left_s);
    return {
      token, access_token: token, token_type: 'Bearer', expires_in: ACCESS_TTL_S, ...(caller.kind === 'web' ? {} : { refresh_token }),
      user: memberOut(session), next,
    }; // prettier-ignore
  }

  /** The password was right, and a code is due: no token of any kind. */
  challenge(member: StaffRow, challenge: string): StaffSignedInOut {
    return {
      token: null,
      access_token: null,
      token_type: 'Bearer',
      expires_in: CHALLENGE_TTL_S,
      user: memberOut(member),
      next: 'mfa',
      challenge,
    };
  }
}

const memberOut = ({ platform_user_id, email_normalized: email, display_name, role }: StaffRow): StaffMemberOut => ({
  platform_user_id,
  email,
  display_name,
  role,
});

/** As the audit log names one of the staff. */
export const staffTarget = ({ platform_user_id, email_normalized }: Pick<StaffRow, 'platform_user_id' | 'email_normalized'>) => ({
  type: 'platform_user',
  id: platform_user_id,
  label: email_normalized,
});
