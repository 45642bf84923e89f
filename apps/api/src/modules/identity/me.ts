import { Injectable } from '@nestjs/common';
import { fail } from '#contracts/errors.js';
import type { AuthzContext, Caller } from '#platform/auth/index.js';
import { PlatformDb, TenantDb, type TenantScope } from '#platform/db/index.js';
import { Registry } from '#platform/modules/index.js';
import { rightsOf, type Rights } from '../rbac/index.js';
import { userOut } from './account.js';
import { platformQueries } from './identity.queries.js';
import { abilitiesOf, keyOf, moduleWords, navOf, permissionsOf, roleOut, storeScopeOf, versionOf } from './me-answer.js';
import type { AuthMeOut, ImpersonationOut, MeOut, MySessionOut } from './me.dto.js';
import { meRows, type MyTenantRow } from './me.repository.js';
import { sessionRows, type SessionRow } from './sessions.repository.js';
import { accountScope } from './sign-in-scope.js';
import { SignInTenants } from './sign-in-tenants.js';
import { SupportAccess } from './support-access.js';
import type { Belonging } from './tenant-choice.js';
import { userRows, type UserRow } from './users.repository.js';

interface Who {
  /** null for an API key, like the session. */
  readonly user: UserRow | null;
  readonly session: SessionRow | null;
  readonly tenant: MyTenantRow;
}

/** Who the caller is and what they may do: the guard's own reading of it, not a second one. */
@Injectable()
export class Me {
  constructor(
    private readonly db: TenantDb,
    private readonly platform: PlatformDb,
    private readonly tenants: SignInTenants,
    private readonly support: SupportAccess,
    private readonly registry: Registry,
  ) {}

  async short(scope: TenantScope, authz: AuthzContext): Promise<AuthMeOut> {
    const rights = rightsOf(authz);
    const { user, session, tenant } = await this.who(scope, rights);
    return {
      user: user && userOut(user),
      ...keyOf(rights),
      tenant: { tenant_id: scope.tenant_id, slug: tenant.slug, name: tenant.name, status: tenant.status, access: tenant.access },
      roles: rights.assignments.map(roleOut),
      permissions: permissionsOf(rights.effective),
      store_scope: storeScopeOf(rights),
      session: session && sessionOut(session),
    };
  }

  /** undefined: the caller has this version. */
  async whole(scope: TenantScope, authz: AuthzContext, caller: Caller): Promise<MeOut | undefined> {
    const rights = rightsOf(authz);
    const [{ user, session, tenant }, tenants, impersonation] = await Promise.all([
      this.who(scope, rights),
      this.ownTenants(scope, rights),
      this.impersonation(scope, rights),
    ]);
    const { slug, name, status, access, branding, time_zone, locale, currency, read_only } = tenant;
    const me: Omit<MeOut, 'version'> = {
      user: user && userOut(user),
      ...keyOf(rights),
      tenant: { tenant_id: scope.tenant_id, slug, name, status, access, branding, time_zone, locale, currency, read_only },
      roles: rights.assignments.map(roleOut),
      permissions: permissionsOf(rights.effective),
      store_scope: storeScopeOf(rights),
      session: session && sessionOut(session),
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
      impersonation,
      next: stepOf(caller, rights, user),
    };
    const version = versionOf(rights, me);
    return caller.hasVersion(version) ? undefined : { ...me, version };
  }

  private async who(scope: TenantScope, { principal }: Rights): Promise<Who> {
    const queries = platformQueries(this.platform, accountScope(scope));
    const isKey = principal.kind === 'api_key';
    const [user, session, tenant] = await Promise.all([
      isKey ? null : userRows.find(queries, principal.user_id),
      principal.session_id ? sessionRows.find(queries, principal.session_id) : null,
      meRows.tenant(this.db, scope),
    ]);
    if (!isKey && (!user || !session)) throw fail('session_revoked');
    if (!tenant) throw fail('not_found');
    return { user, session, tenant };
  }

  /** Where else the person belongs is for nobody who acts on their behalf. */
  private async ownTenants(scope: TenantScope, { principal, support, tenant_id }: Rights): Promise<Belonging[]> {
    if (principal.kind === 'api_key') return [];
    const tenants = await this.tenants.list(accountScope(scope), principal.user_id);
    return support ? tenants.filter((tenant) => tenant.tenant_id === tenant_id) : tenants;
  }

  private async impersonation(scope: TenantScope, { support }: Rights): Promise<ImpersonationOut | null> {
    if (!support) return null;
    const { reason, expires_at } = await this.support.get(accountScope(scope), support.impersonation_id);
    return { staff_label: support.staff.label, reason, expires_at: expires_at.toISOString(), read_only: support.mode === 'read_only' };
  }
}

/** The step that a limited token is for, or the factor that this session still has to show. */
function stepOf({ credential }: Caller, { mfa_missing }: Rights, user: UserRow | null): string | null {
  if (credential?.kind === 'user' && credential.limited_to) return credential.limited_to;
  if (!mfa_missing) return null;
  return user?.mfa_enabled ? 'mfa' : 'mfa_setup';
}

const sessionOut = ({ session_id, created_at, expires_at, client, mfa_at }: SessionRow): MySessionOut => ({
  session_id,
  created_at: created_at.toISOString(),
  expires_at: expires_at.toISOString(),
  client,
  mfa: mfa_at !== null,
});
