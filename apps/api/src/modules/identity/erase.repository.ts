import { sql, type Tx } from '#platform/db/index.js';

/**
 * Where a person's name, address or place of work stands, and how it goes. Copies that other modules keep of an account are in here too:
 * erasing is one act over all of them, and what is forgotten in it stays for ever.
 */
const account = sql`
  update users set email = $2, email_normalized = $2, display_name = $3, status = 'erased', email_verified_at = null, locale = null, time_zone = null,
         must_change_password = false, last_login_at = null
   where user_id = $1 and status <> 'erased' returning user_id`;
const STATEMENTS = [
  sql`update user_credentials set password_hash = null, password_changed_at = null where user_id = $1`,
  sql`delete from password_history where user_id = $1`,
  sql`delete from user_tokens where user_id = $1`,
  sql`delete from user_preferences where user_id = $1`,
  sql`delete from refresh_tokens where session_id in (select session_id from sessions where user_id = $1)`,
  sql`update sessions set ip = null, user_agent = null where user_id = $1`,
  sql`delete from mfa_recovery_codes where realm = 'tenant' and principal_id = $1`,
  sql`delete from mfa_challenges where realm = 'tenant' and principal_id = $1`,
  sql`delete from mfa_factors where realm = 'tenant' and principal_id = $1`,
  sql`update principal_activity p set last_ip = null from authz_state z where z.principal_id = $1 and p.tenant_id = z.tenant_id and p.principal_id = $1`,
] as const;
const memberships = sql`
  update memberships m set email = $2, email_normalized = $2, display_name = $3
    from authz_state z where z.principal_id = $1 and m.tenant_id = z.tenant_id and m.user_id = $1`;
const invitations = sql`
  update invitations i set email = $3, email_normalized = $3, message = null
   where i.accepted_user_id = $1 or (i.email_normalized = $2 and i.status <> 'pending')`;
// The body is dropped with the address: it says the name.
const mails = sql`update mail_messages set to_email = $2, subject = '', body_sealed = null where lower(to_email) = lower($1) and state in ('sent', 'failed')`;

export const eraseRows = {
  /** False when it was erased already. */
  async erase(
    tx: Tx,
    person: { readonly user_id: string; readonly email: string; readonly email_normalized: string },
    as: { readonly email: string; readonly display_name: string },
  ): Promise<boolean> {
    if ((await tx.query(account, [person.user_id, as.email, as.display_name])).length === 0) return false;
    for (const statement of STATEMENTS) await tx.query(statement, [person.user_id]);
    await tx.query(memberships, [person.user_id, as.email, as.display_name]);
    await tx.query(invitations, [person.user_id, person.email_normalized, as.email]);
    await tx.query(mails, [person.email, as.email]);
    return true;
  },
};
