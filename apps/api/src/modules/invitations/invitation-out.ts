import { PLATFORM_SCOPE_ID } from '../audit/index.js';
import { scopeOut, storeScopeOf } from '../rbac/index.js';
import { statusOf } from './invitation-state.js';
import type { InvitationOut } from './invitations.dto.js';
import type { InvitationRow } from './invitations.repository.js';

export function invitationOut(row: InvitationRow, now: Date): InvitationOut {
  const { role_id, role_code, role_name } = row;
  return {
    invitation_id: row.invitation_id,
    email: row.email,
    role: role_id !== null && role_code !== null && role_name !== null ? { role_id, code: role_code, name: role_name } : null,
    store_scope: scopeOut(storeScopeOf(row.all_stores, row.stores)),
    status: statusOf(row, now),
    expires_at: row.expires_at.toISOString(),
    invited_by: row.invited_by === PLATFORM_SCOPE_ID ? null : row.invited_by,
    sent_count: row.sent_count,
    last_sent_at: row.last_sent_at?.toISOString() ?? null,
    accepted_user_id: row.accepted_user_id,
    ended_at: row.ended_at?.toISOString() ?? null,
    message: row.message,
    created_at: row.created_at.toISOString(),
  };
}
