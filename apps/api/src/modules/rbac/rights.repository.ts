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
  readonly plan_status: EntitlementStatus | null;
  readonly plan_code: string | null;
  readonly plan_modules: readonly string[] | null;
  readonly trial_ends_at: Date | null;
  readonly grace_until: Date | null;
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
}

/** One statement is one snapshot, so versions and rights belong together. Every table is reached by primary key or by (tenant_id, user_id). */
const RIGHTS = sql.named('rbac.rights')`
  select t.slug, t.access, t.version as tenant_version, a.version as principal_version, a.user_active,
         m.status as member_status, m.email,
         s.session_id, s.revoked_at as session_revoked_at, s.expires_at as session_expires_at,
         e.status as plan_status, e.plan_code, e.modules as plan_modules, e.trial_ends_at, e.grace_until,
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
           where ra.tenant_id = t.tenant_id and ra.user_id = $2) as assignments,
         (select coalesce(json_agg(json_build_object('module_code', mo.module_code, 'is_core', mo.is_core, 'is_active', mo.is_active,
                                                     'depends_on', mo.depends_on, 'enabled', tm.enabled)), '[]')
            from modules mo
            left join tenant_modules tm on tm.tenant_id = t.tenant_id and tm.module_code = mo.module_code) as modules,
         (select coalesce(json_agg(json_build_object('feature_code', f.feature_code, 'module_code', f.module_code) order by f.feature_code), '[]')
            from tenant_features tf
            join features f on f.feature_code = tf.feature_code
           where tf.tenant_id = t.tenant_id and tf.enabled and f.is_active) as features
    from tenant_state t
    left join authz_state a on a.tenant_id = t.tenant_id and a.principal_id = $2
    left join memberships m on m.tenant_id = t.tenant_id and m.user_id = $2
    left join sessions s on s.session_id = $3 and s.user_id = $2
    left join entitlements e on e.tenant_id = t.tenant_id
   where t.tenant_id = $1`;

@Injectable()
export class RightsRepository {
  constructor(private readonly db: TenantDb) {}

  /** null when the tenant does not exist. `session_id` null: rights of somebody who is not asking (explain). */
  async read(scope: TenantScope, user_id: string, session_id: string | null): Promise<RightsRow | null> {
    const [row] = await this.db.query<RightsRow>(scope, RIGHTS, [scope.tenant_id, user_id, session_id]);
    return row ?? null;
  }
}
