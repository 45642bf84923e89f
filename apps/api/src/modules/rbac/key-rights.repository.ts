import { Injectable } from '@nestjs/common';
import { sql, TenantDb, type Statement, type TenantScope } from '#platform/db/index.js';
import { keyReadingScope } from './rbac-scopes.js';
import type { RightsRow } from './rights.repository.js';

/** A key with its owner: the owner's rights are what it narrows. */
export type KeyRightsRow = Pick<
  RightsRow,
  | 'slug' | 'access' | 'tenant_version' | 'principal_version' | 'user_active' | 'member_status' | 'plan_status' | 'plan_code' | 'plan_modules' | 'trial_ends_at' | 'grace_until' | 'plan_valid_until' | 'requests_per_minute' | 'requests_per_day'
  | 'assignments' | 'modules' | 'features' | 'mfa_required'
> & {
  readonly tenant_id: string;
  readonly api_key_id: string;
  readonly name: string;
  readonly prefix: string;
  readonly owner_user_id: string;
  readonly scopes: readonly string[];
  readonly all_stores: boolean;
  readonly stores: readonly string[];
  readonly key_version: string;
  readonly key_active: boolean;
  readonly expires_at: Date | null;
  /** Of the secret that was used: a rotated one counts for the length of the grace. */
  readonly secret_expires_at: Date | null;
  readonly ip_allowed: boolean;
}; // prettier-ignore

/**
 * The opening of the batch: the hash names tenant and key, and nothing else does. A hash that is unknown, or whose time is over, sets
 * nothing, so that row-level security shows the statement behind it nothing at all.
 */
const OPENING = sql.named('rbac.key_opening')`
  select set_config('app.tenant_id', tenant_id::text, true), set_config('app.principal_id', ref_id::text, true), set_config('app.store_scope', '*', true)
    from credential_index
   where credential_hash = $1 and kind = 'api_key' and (expires_at is null or expires_at > $2)`;

/** For a key that is named by its id: by somebody of its tenant, or by the job that it has asked for. */
const OPENING_BY_ID = sql`
  select set_config('app.tenant_id', $1, true), set_config('app.principal_id', $2, true), set_config('app.store_scope', '*', true)`;

/**
 * `rbac.rights` for a key: one statement, one snapshot, each table by primary key or by (tenant_id, user_id). Tenant and key are those
 * that the opening has set. $2, $3: versions whose rights the caller has computed already. $1: the address that asks. $4: the hash it came with.
 */
const RIGHTS_OF_KEY = sql.named('rbac.rights_of_key')`
  select t.tenant_id, t.slug, t.access, t.version as tenant_version, a.version as principal_version, a.user_active, m.status as member_status,
         k.api_key_id, k.name, k.prefix, k.owner_user_id, k.scopes, k.all_stores, k.expires_at, z.version as key_version, z.active as key_active,
         (cardinality(k.ip_cidrs) = 0 or $1::inet <<= any (k.ip_cidrs)) is true as ip_allowed,
         (select c.expires_at from credential_index c where c.credential_hash = $4) as secret_expires_at,
         array(select x.store_id from api_key_stores x where x.tenant_id = k.tenant_id and x.api_key_id = k.api_key_id) as stores,
         e.status as plan_status, e.plan_code, e.modules as plan_modules, e.trial_ends_at, e.grace_until, e.valid_until as plan_valid_until,
         (e.limits ->> 'requests_per_minute')::float8 as requests_per_minute, (e.limits ->> 'requests_per_day')::float8 as requests_per_day,
         case when t.version = $2 and a.version = $3 then null else
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
           where ra.tenant_id = t.tenant_id and ra.user_id = k.owner_user_id) end as assignments,
         case when t.version = $2 and a.version = $3 then null else
         (select coalesce(json_agg(json_build_object('module_code', mo.module_code, 'is_core', mo.is_core, 'is_active', mo.is_active,
                                                     'depends_on', mo.depends_on, 'enabled', tm.enabled)), '[]')
            from modules mo
            left join tenant_modules tm on tm.tenant_id = t.tenant_id and tm.module_code = mo.module_code) end as modules,
         case when t.version = $2 and a.version = $3 then null else
         (select coalesce(json_agg(json_build_object('feature_code', f.feature_code, 'module_code', f.module_code) order by f.feature_code), '[]')
            from tenant_features tf
            join features f on f.feature_code = tf.feature_code
           where tf.tenant_id = t.tenant_id and tf.enabled and f.is_active) end as features,
         -- no mask of a key, but a part of the rights that are remembered for its owner
         case when t.version = $2 and a.version = $3 then null else
         (select tn.mfa_required from tenants tn where tn.tenant_id = t.tenant_id) end as mfa_required
    from api_keys k
    join tenant_state t on t.tenant_id = k.tenant_id
    join authz_state z on z.tenant_id = k.tenant_id and z.principal_id = k.api_key_id
    left join authz_state a on a.tenant_id = k.tenant_id and a.principal_id = k.owner_user_id
    left join memberships m on m.tenant_id = k.tenant_id and m.user_id = k.owner_user_id
    left join entitlements e on e.tenant_id = k.tenant_id
   where k.tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid
     and k.api_key_id = nullif(current_setting('app.principal_id', true), '')::uuid`;

@Injectable()
export class KeyRightsRepository {
  constructor(private readonly db: TenantDb) {}

  /** One round trip. null: no such key, or its time is over. */
  async read(asked: {
    readonly credential_hash: Buffer;
    readonly ip: string | null;
    readonly at: Date;
    readonly known: { readonly tenant_version: string; readonly principal_version: string } | null;
    readonly request_id: string;
  }): Promise<KeyRightsRow | null> {
    const { credential_hash, ip, at, known, request_id } = asked;
    const opening: Statement = { sql: OPENING, params: [credential_hash, at] };
    const params = [ip, known?.tenant_version ?? null, known?.principal_version ?? null, credential_hash];
    const [row] = await this.db.query<KeyRightsRow>(keyReadingScope(opening, request_id), RIGHTS_OF_KEY, params);
    return row ?? null;
  }

  /** Whatever its secret and its address. null: no such key in this tenant. */
  async readById({ tenant_id, request_id }: TenantScope, api_key_id: string): Promise<KeyRightsRow | null> {
    const opening: Statement = { sql: OPENING_BY_ID, params: [tenant_id, api_key_id] };
    const [row] = await this.db.query<KeyRightsRow>(keyReadingScope(opening, request_id), RIGHTS_OF_KEY, [null, null, null, null]);
    return row ?? null;
  }
}
