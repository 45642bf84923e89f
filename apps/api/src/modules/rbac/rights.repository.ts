import { Injectable } from '@nestjs/common';
import type { Access } from '#platform/auth/index.js';
import { sql, TenantDb, type TenantScope } from '#platform/db/index.js';
import type { EntitlementStatus } from '../entitlements/index.js';

export interface RightsRow {
  readonly slug: string;
  readonly access: Access;
  readonly tenant_version: string;
  readonly principal_version: string | null;
  readonly user_active: boolean | null;
  readonly member_status: 'active' | 'suspended' | 'removed' | null;
  readonly email: string | null;
  readonly session_id: string | null;
  readonly session_revoked_at: Date | null;
  readonly session_expires_at: Date | null;
  readonly session_mfa_at: Date | null;
  readonly plan_status: EntitlementStatus | null;
  readonly plan_code: string | null;
  readonly plan_modules: readonly string[] | null;
  readonly trial_ends_at: Date | null;
  readonly grace_until: Date | null;
  /** When the materialised plan ends by time alone, overrides included. */
  readonly plan_valid_until: Date | null;
  readonly requests_per_minute: number | null;
  readonly requests_per_day: number | null;
  /** null, like the three below: the versions are those that the caller knows. */
  readonly assignments: RightsRows['assignments'] | null;
  readonly modules: RightsRows['modules'] | null;
  readonly features: RightsRows['features'] | null;
  readonly mfa_required: boolean | null;
}

/** The part that is a function of the two versions. */
export interface RightsRows {
  readonly assignments: readonly {
    readonly role_assignment_id: string;
    readonly role_id: string;
    readonly code: string;
    readonly name: string;
    readonly permissions: readonly string[];
    readonly all_stores: boolean;
    readonly stores: readonly string[];
    readonly expires_at: string | null;
  }[];
  readonly modules: readonly {
    readonly module_code: string;
    readonly is_core: boolean;
    readonly is_active: boolean;
    readonly depends_on: readonly string[];
    readonly enabled: boolean | null;
  }[];
  readonly features: readonly { readonly feature_code: string; readonly module_code: string }[];
  readonly mfa_required: boolean;
}

/**
 * One statement is one snapshot, so versions and rights belong together. Every table is reached by primary key or by (tenant_id, user_id).
 * $4, $5: versions whose rights the caller has computed already; while they stand, the three lists are not read.
 */
const RIGHTS = sql.named('rbac.rights')`
  select t.slug, t.access, t.version as tenant_version, a.version as principal_version, a.user_active,
         m.status as member_status, m.email,
         s.session_id, s.revoked_at as session_revoked_at, s.expires_at as session_expires_at, s.mfa_at as session_mfa_at,
         e.status as plan_status, e.plan_code, e.modules as plan_modules, e.trial_ends_at, e.grace_until, e.valid_until as plan_valid_until,
         (e.limits ->> 'requests_per_minute')::float8 as requests_per_minute, (e.limits ->> 'requests_per_day')::float8 as requests_per_day,
         case when t.version = $4 and a.version = $5 then null else
         (select coalesce(json_agg(json_build_object(
                   'role_assignment_id', ra.role_assignment_id, 'role_id', r.role_id, 'code', r.code, 'name', r.name,
                   'permissions', coalesce(l.permissions, r.permissions), 'all_stores', ra.all_stores, 'expires_at', ra.expires_at,
                   'stores', case when ra.all_stores then '[]' else
                     (select coalesce(json_agg(x.store_id), '[]') from assignment_stores x
                       where x.tenant_id = ra.tenant_id and x.role_assignment_id = ra.role_assignment_id) end)
                 order by r.code), '[]')
            from role_assignments ra
            join roles r on r.tenant_id = ra.tenant_id and r.role_id = ra.role_id
            left join role_library l on l.library_role = r.library_role
           where ra.tenant_id = t.tenant_id and ra.user_id = $2) end as assignments,
         case when t.version = $4 and a.version = $5 then null else
         (select coalesce(json_agg(json_build_object('module_code', mo.module_code, 'is_core', mo.is_core, 'is_active', mo.is_active,
                                                     'depends_on', mo.depends_on, 'enabled', tm.enabled)), '[]')
            from modules mo
            left join tenant_modules tm on tm.tenant_id = t.tenant_id and tm.module_code = mo.module_code) end as modules,
         case when t.version = $4 and a.version = $5 then null else
         (select coalesce(json_agg(json_build_object('feature_code', f.feature_code, 'module_code', f.module_code) order by f.feature_code), '[]')
            from tenant_features tf
            join features f on f.feature_code = tf.feature_code
           where tf.tenant_id = t.tenant_id and tf.enabled and f.is_active) end as features,
         case when t.version = $4 and a.version = $5 then null else
         (select tn.mfa_required from tenants tn where tn.tenant_id = t.tenant_id) end as mfa_required
    from tenant_state t
    left join authz_state a on a.tenant_id = t.tenant_id and a.principal_id = $2
    left join memberships m on m.tenant_id = t.tenant_id and m.user_id = $2
    left join sessions s on s.session_id = $3 and s.user_id = $2
    left join entitlements e on e.tenant_id = t.tenant_id
   where t.tenant_id = $1`;

const SUPPORT_MAY_WRITE = sql`
  select coalesce(settings -> 'tenants' ->> 'allow_support_write', 'false') = 'true' as allowed from tenants where tenant_id = $1`;

const TENANT_ACCESS = sql`select access from tenant_state where tenant_id = $1`;

@Injectable()
export class RightsRepository {
  constructor(private readonly db: TenantDb) {}

  /** null when the tenant does not exist. `session_id` null: rights of somebody who is not asking (explain). */
  async read(
    scope: TenantScope,
    {
      user_id,
      session_id,
      known,
    }: { user_id: string; session_id: string | null; known: Pick<RightsRow, 'tenant_version' | 'principal_version'> | null },
  ): Promise<RightsRow | null> {
    const params = [scope.tenant_id, user_id, session_id, known?.tenant_version ?? null, known?.principal_version ?? null];
    const [row] = await this.db.query<RightsRow>(scope, RIGHTS, params);
    return row ?? null;
  }

  /** null: there is no such tenant. */
  async tenantAccess(scope: TenantScope): Promise<Access | null> {
    return (await this.db.query<{ access: Access }>(scope, TENANT_ACCESS, [scope.tenant_id]))[0]?.access ?? null;
  }

  /** Asked only for staff with support access that asked to write: a round trip of its own. */
  async allowsSupportToWrite(scope: TenantScope): Promise<boolean> {
    return (await this.db.query<{ allowed: boolean }>(scope, SUPPORT_MAY_WRITE, [scope.tenant_id]))[0]?.allowed === true;
  }
}
