import { Injectable } from '@nestjs/common';
import { fail } from '#contracts/errors.js';
import type { AuthzContext, Caller } from '#platform/auth/index.js';
import { PlatformDb, TenantDb, type TenantScope } from '#platform/db/index.js';
import { Registry } from '#platform/modules/index.js';
import { rightsOf } from '../rbac/index.js';
import { userOut } from './account.js';
import { platformQueries } from './identity.queries.js';
import { abilitiesOf, moduleWords, navOf, permissionsOf, roleOut, storeScopeOfAll, versionOf } from './me-answer.js';
import type { AuthMeOut, MeOut, MySessionOut } from './me.dto.js';
import { meRows, type MyTenantRow } from './me.repository.js';
import { sessionRows, type SessionRow } from './sessions.repository.js';
import { accountScope } from './sign-in-scope.js';
import { SignInTenants } from './sign-in-tenants.js';
import { userRows, type UserRow } from './users.repository.js';

interface Who {
  readonly user: UserRow;
  readonly session: SessionRow;
  readonly tenant: MyTenantRow;
}

/** Who the caller is and what they may do: the guard's own reading of it, not a second one. */
@Injectable()
export class Me {
  constructor(
    private readonly db: TenantDb,
    private readonly platform: PlatformDb,
    private readonly tenants: SignInTenants,
    private readonly registry: Registry,
  ) {}

  async short(scope: TenantScope, authz: AuthzContext): Promise<AuthMeOut> {
    const { assignments, effective } = rightsOf(authz);
    const { user, session, tenant } = await this.who(scope);
    return {
      user: userOut(user),
      tenant: { tenant_id: scope.tenant_id, slug: tenant.slug, name: tenant.name, status: tenant.status, access: tenant.access },
      roles: assignments.map(roleOut),
      permissions: permissionsOf(effective),
      store_scope: storeScopeOfAll(assignments),
      session: sessionOut(session),
    };
  }

  /** undefined: the caller has this version. */
  async whole(scope: TenantScope, authz: AuthzContext, caller: Caller): Promise<MeOut | undefined> {
    const rights = rightsOf(authz);
    const [{ user, session, tenant }, tenants] = await Promise.all([
      this.who(scope),
      this.tenants.list(accountScope(scope), scope.actor.id),
    ]);
    const { slug, name, status, access, branding, time_zone, locale, currency, read_only } = tenant;
    const me: Omit<MeOut, 'version'> = {
      user: userOut(user),
      tenant: { tenant_id: scope.tenant_id, slug, name, status, access, branding, time_zone, locale, currency, read_only },
      roles: rights.assignments.map(roleOut),
      permissions: permissionsOf(rights.effective),
      store_scope: storeScopeOfAll(rights.assignments),
      session: sessionOut(session),
      abilities: abilitiesOf(rights.effective),
      modules: moduleWords(rights.modules),
      features: [...rights.features],
      nav: navOf(this.registry.manifests, rights.modules, rights.effective),
      entitlements: {
        plan_code: rights.plan.plan_code,
        status: rights.plan.status,
        trial_ends_at: tenant.trial_ends_at?.toISOString() ?? null,
        grace_until: tenant.grace_until?.toISOString() ?? null,
      },
      tenants: tenants
        .filter(({ membership }) => membership === 'active')
        .map((one) => ({ tenant_id: one.tenant_id, slug: one.slug, name: one.name, status: one.status, roles: [...one.roles] })),
      impersonation: null,
      next: caller.credential?.kind === 'user' ? caller.credential.limited_to : null,
    };
    const version = versionOf(rights, me);
    return caller.hasVersion(version) ? undefined : { ...me, version };
  }

  private async who(scope: TenantScope): Promise<Who> {
    const queries = platformQueries(this.platform, accountScope(scope));
    const [user, session, tenant] = await Promise.all([
      userRows.find(queries, scope.actor.id),
      scope.actor.session_id ? sessionRows.find(queries, scope.actor.session_id) : null,
      meRows.tenant(this.db, scope),
    ]);
    if (!user || !session) throw fail('session_revoked');
    if (!tenant) throw fail('not_found');
    return { user, session, tenant };
  }
}

const sessionOut = ({ session_id, created_at, expires_at, client, mfa_at }: SessionRow): MySessionOut => ({
  session_id,
  created_at: created_at.toISOString(),
  expires_at: expires_at.toISOString(),
  client,
  mfa: mfa_at !== null,
});
