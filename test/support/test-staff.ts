import { newId, randomToken, sha256 } from '../../libs/platform/crypto/index.js';
import { PlatformDb, sql } from '../../libs/platform/db/index.js';
import { platformScope } from '../../libs/platform/queue/index.js';
import { StaffTokens } from '../../apps/api/src/modules/identity/token-realms.js';
import { clientOf, type TestUser } from './test-tenant.js';
import type { World } from './world.js';

export type StaffClient = Omit<TestUser, 'user_id' | 'session_id'> & { readonly platform_user_id: string };

const insertStaff = sql`
  insert into platform_users (platform_user_id, email_normalized, display_name, role, source, must_change_password, status)
  values ($1, $2, $3, $4, 'staff', false, 'active')`;
const insertSession = sql`
  insert into platform_sessions (platform_session_id, platform_user_id, refresh_hash, expires_at) values ($1, $2, $3, now() + interval '8 hours')`;

/** A member of the platform's staff with a session; the sign-in itself is the subject of staff.spec.ts. */
export async function createStaff(world: World, role: 'ops_viewer' | 'ops_admin' | 'superuser' = 'superuser'): Promise<StaffClient> {
  const platform_user_id = newId();
  const platform_session_id = newId();
  const email = `${role}-${platform_user_id.slice(-8)}@tenantry.example`;
  const scope = platformScope('test');
  await world.app.get(PlatformDb, { strict: false }).run(scope, async (tx) => {
    await tx.query(insertStaff, [platform_user_id, email, role, role]);
    await tx.query(insertSession, [platform_session_id, platform_user_id, sha256(randomToken())]);
  });
  const token = world.app.get(StaffTokens, { strict: false }).sign({ sub: platform_user_id, sid: platform_session_id }, 900);
  return { platform_user_id, email, ...clientOf(world, token) };
}
