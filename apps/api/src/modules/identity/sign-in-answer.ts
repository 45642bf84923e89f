import { Injectable } from '@nestjs/common';
import { RefreshCookie, type Caller } from '#platform/auth/index.js';
import { Config } from '#platform/config/index.js';
import { Clock } from '#platform/crypto/index.js';
import type { SignedInOut } from './identity.dto.js';
import { secondsUntil } from './refresh-state.js';
import type { RefreshToken } from './sessions.js';
import type { Belonging } from './tenant-choice.js';
import { TenantTokens } from './token-realms.js';
import type { UserRow } from './users.repository.js';

export interface SignedIn {
  readonly user: Pick<UserRow, 'user_id' | 'email' | 'display_name' | 'locale' | 'time_zone' | 'must_change_password'>;
  readonly session_id: string;
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

  give(caller: Caller, { user, session_id, refresh, tenants, tenant }: SignedIn): SignedInOut {
    const next = user.must_change_password ? 'change_password' : tenant ? null : 'choose_tenant';
    const tid = next === 'change_password' ? (tenant ?? entrance(tenants))?.tenant_id : tenant?.tenant_id;
    const token = tid
      ? this.tokens.sign(
          { sub: user.user_id, sid: session_id, tid, ...(next === 'change_password' ? { lim: next } : {}) },
          this.config.jwt_access_ttl,
        )
      : null;
    const inBody = refresh && caller.kind !== 'web' ? { refresh_token: refresh.token } : {};
    if (refresh && caller.kind === 'web') this.cookie.keep(caller, refresh.token, secondsUntil(refresh.expires_at, this.clock.now()));
    return {
      token,
      access_token: token,
      token_type: 'Bearer',
      expires_in: token ? this.config.jwt_access_ttl : 0,
      ...inBody,
      user: { user_id: user.user_id, email: user.email, display_name: user.display_name, locale: user.locale, time_zone: user.time_zone },
      tenant: tenant && { tenant_id: tenant.tenant_id, slug: tenant.slug, name: tenant.name, status: tenant.status },
      tenants: tenants
        .filter(({ membership }) => membership === 'active')
        .map(({ tenant_id, slug, name, status, roles }) => ({ tenant_id, slug, name, status, roles: [...roles] })),
      next,
    };
  }
}

/**
 * An access token is always bound to a tenant. Where a password has to be changed before a tenant was chosen, the token that opens only
 * that step is bound to the first one that is open; it reaches nothing of the tenant.
 */
const entrance = (tenants: readonly Belonging[]): Belonging | undefined => {
  const active = tenants.filter(({ membership }) => membership === 'active');
  return active.find(({ access }) => access === 'full' || access === 'read_only') ?? active[0];
};
