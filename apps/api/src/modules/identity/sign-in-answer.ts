import { Injectable } from '@nestjs/common';
import { RefreshCookie, type Caller } from '#platform/auth/index.js';
import { Config } from '#platform/config/index.js';
import { Clock } from '#platform/crypto/index.js';
import type { PersonOut, SignedInOut } from './identity.dto.js';
import { nextStep } from './next-step.js';
import { secondsUntil } from './refresh-state.js';
import { CHALLENGE_TTL_S } from './second-factor.js';
import type { RefreshToken } from './sessions.js';
import type { Belonging } from './tenant-choice.js';
import { TenantTokens } from './token-realms.js';
import type { UserRow } from './users.repository.js';

type Signing = Pick<UserRow, 'user_id' | 'email' | 'display_name' | 'locale' | 'time_zone'>;

export interface SignedIn {
  readonly user: Signing & Pick<UserRow, 'must_change_password' | 'password_changed_at' | 'mfa_enabled'>;
  readonly session_id: string;
  /** The session has shown a second factor. */
  readonly mfa_passed: boolean;
  /** null: the client keeps the one it has. */
  readonly refresh: RefreshToken | null;
  readonly tenants: readonly Belonging[];
  /** null: several, and none was named. */
  readonly tenant: Belonging | null;
}

/** The one answer of login, refresh, switch-tenant, password change and accepting an invitation. */
@Injectable()
export class SignInAnswers {
  readonly cookie: RefreshCookie;

  constructor(
    private readonly tokens: TenantTokens,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {
    this.cookie = new RefreshCookie('tenantry_refresh', config);
  }

  give(caller: Caller, signedIn: SignedIn): SignedInOut {
    const { user, session_id, refresh, tenants, tenant } = signedIn;
    const next = nextStep(signedIn, this.clock.now());
    const tid = next === 'change_password' ? (tenant ?? entrance(tenants))?.tenant_id : tenant?.tenant_id;
    const lim = next === 'change_password' || next === 'mfa_setup' ? { lim: next } : {};
    const token = tid ? this.tokens.sign({ sub: user.user_id, sid: session_id, tid, ...lim }, this.config.jwt_access_ttl) : null;
    const inBody = refresh && caller.kind !== 'web' ? { refresh_token: refresh.token } : {};
    if (refresh && caller.kind === 'web') this.cookie.keep(caller, refresh.token, secondsUntil(refresh.expires_at, this.clock.now()));
    return {
      token,
      access_token: token,
      token_type: 'Bearer',
      expires_in: token ? this.config.jwt_access_ttl : 0,
      ...inBody,
      user: personOut(user),
      tenant: tenant && { tenant_id: tenant.tenant_id, slug: tenant.slug, name: tenant.name, status: tenant.status },
      tenants: tenants
        .filter(({ membership }) => membership === 'active')
        .map(({ tenant_id, slug, name, status, roles }) => ({ tenant_id, slug, name, status, roles: [...roles] })),
      next,
    };
  }

  /** The password was right, and a code is due: no token of any kind, and nothing of the tenants. */
  challenge(user: Signing, challenge: string): SignedInOut {
    return {
      token: null, access_token: null, token_type: 'Bearer', expires_in: CHALLENGE_TTL_S, user: personOut(user), tenant: null, tenants: [], next: 'mfa', challenge,
    }; // prettier-ignore
  }
}

const personOut = ({ user_id, email, display_name, locale, time_zone }: Signing): PersonOut => ({
  user_id,
  email,
  display_name,
  locale,
  time_zone,
});

/**
 * An access token is always bound to a tenant. Where a password has to be changed before a tenant was chosen, the token that opens only
 * that step is bound to the first one that is open; it reaches nothing of the tenant.
 */
const entrance = (tenants: readonly Belonging[]): Belonging | undefined => {
  const active = tenants.filter(({ membership }) => membership === 'active');
  return active.find(({ access }) => access === 'full' || access === 'read_only') ?? active[0];
};
