/** The roles of the database. Their names are constants: policies, grants and lints spell them out. */
export const OWNER_ROLE = 'tenantry_owner';
export const APP_ROLE = 'tenantry_app';
export const PLATFORM_ROLE = 'tenantry_platform';
export const BACKUP_ROLE = 'tenantry_backup';

/** The roles that sign in. */
export const LOGIN_ROLES = { owner: OWNER_ROLE, app: APP_ROLE, platform: PLATFORM_ROLE, backup: BACKUP_ROLE } as const;
export type LoginRole = keyof typeof LOGIN_ROLES;

/**
 * Roles that nobody signs in as: each owns the definer functions of one duty and holds exactly the rights that duty needs.
 * None of them owns a table, because the owner of a tenant table sees every tenant through `owner_all`.
 */
export const DEFINER_ROLES = {
  /** Versions and access in `authz_state` and `tenant_state`, written by triggers only. */
  bump: 'tenantry_bump',
  /** Search functions, whose operators cannot use an index under row-level security. */
  search: 'tenantry_search',
  /** The only writer of the audit chain. */
  sealer: 'tenantry_sealer',
  /** Rows that the app role may put in and never read: mails, credentials. */
  intake: 'tenantry_intake',
} as const;
export type DefinerRole = (typeof DEFINER_ROLES)[keyof typeof DEFINER_ROLES];
