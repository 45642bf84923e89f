import type { TenantId } from '#contracts/ids.js';
import { sql, type Statement, type Stores } from '#platform/db/index.js';
import { settingOf } from './rbac-scopes.js';

/** What has to be so in the database for remembered rights to hold. */
export type RightsCheck =
  | {
      readonly kind: 'session';
      readonly tenant_id: string;
      readonly slug: string;
      readonly tenant_version: string;
      readonly user_id: string;
      readonly principal_version: string;
      readonly session_id: string;
      /** The tenant lets in only sessions that have passed the second factor. */
      readonly needs_mfa: boolean;
    }
  | {
      readonly kind: 'key';
      readonly tenant_id: string;
      readonly slug: string;
      readonly tenant_version: string;
      readonly api_key_id: string;
      readonly key_version: string;
      readonly owner_user_id: string;
      readonly owner_version: string;
      readonly credential_hash: Buffer;
    };

/**
 * The opening that confirms a remembered context: three or four rows by primary key. Where one is missing it counts none, and 1 / 0 ends the
 * batch before anything behind it runs. It may only read tables without row-level security: the tenant is set by this very statement.
 */
const SESSION_HOLDS = sql.named('rbac.session_holds')`
  select set_config('app.tenant_id', max(t.tenant_id::text), true), set_config('app.store_scope', $8, true), 1 / count(*)
    from tenant_state t
    join authz_state a on a.tenant_id = t.tenant_id and a.principal_id = $3
    join sessions s on s.session_id = $5 and s.user_id = a.principal_id
   where t.tenant_id = $1 and t.version = $2 and t.slug = $6 and a.version = $4 and a.active
     and s.revoked_at is null and (s.mfa_at is not null or not $7)`;

const KEY_HOLDS = sql.named('rbac.key_holds')`
  select set_config('app.tenant_id', max(t.tenant_id::text), true), set_config('app.store_scope', $9, true), 1 / count(*)
    from tenant_state t
    join authz_state k on k.tenant_id = t.tenant_id and k.principal_id = $3
    join authz_state o on o.tenant_id = t.tenant_id and o.principal_id = $5
    join credential_index c on c.credential_hash = $7 and c.kind = 'api_key' and c.tenant_id = t.tenant_id and c.ref_id = k.principal_id
   where t.tenant_id = $1 and t.version = $2 and t.slug = $8 and k.version = $4 and k.active and o.version = $6 and o.active`;

/** The opening that sets tenant and stores if, and only if, everything is still as it was. */
export function checkedOpening(check: RightsCheck, stores: Stores): Statement {
  const leaves = settingOf(check.tenant_id as TenantId, stores);
  const store_scope = leaves.params[1] ?? '';
  const { tenant_id, tenant_version, slug } = check;
  if (check.kind === 'session') {
    const { user_id, principal_version, session_id, needs_mfa } = check;
    return {
      sql: SESSION_HOLDS,
      params: [tenant_id, tenant_version, user_id, principal_version, session_id, slug, needs_mfa, store_scope],
      leaves,
    };
  }
  const { api_key_id, key_version, owner_user_id, owner_version, credential_hash } = check;
  return {
    sql: KEY_HOLDS,
    params: [tenant_id, tenant_version, api_key_id, key_version, owner_user_id, owner_version, credential_hash, slug, store_scope],
    leaves,
  };
}
