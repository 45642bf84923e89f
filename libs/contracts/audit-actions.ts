/**
 * The catalogue of audit actions: what may be recorded, how grave it is, what it is about. An unknown action throws in development and
 * in tests. `personal` names the fields of `changes` whose values are kept outside the canonical text. Source: specs/audit.md §2.
 */
export type Severity = 'info' | 'warning' | 'critical';
export interface AuditActionEntry {
  readonly severity: Severity;
  readonly targets: readonly string[];
  readonly fields: readonly string[];
  readonly personal: readonly string[];
}
const entry = (severity: Severity, target: string, fields: string[] = [], personal: string[] = []): AuditActionEntry => ({
  severity,
  targets: [target],
  fields: [...fields, ...personal],
  personal,
});

export const AUDIT_ACTIONS = {
  'auth.login': entry('info', 'user'),
  'auth.login_failed': entry('warning', 'user'),
  'auth.logout': entry('info', 'user'),
  'auth.tenant_switched': entry('info', 'user'),
  'auth.password_changed': entry('warning', 'user'),
  'auth.refresh_reused': entry('critical', 'session'),
  'auth.session_revoked': entry('warning', 'session'),
  'auth.preferences_updated': entry('info', 'user'),
  'auth.profile_updated': entry('info', 'user', ['locale', 'time_zone'], ['display_name']),
  'tenant.created': entry('info', 'tenant', ['slug', 'template_code', 'plan_code']),
  'tenant.updated': entry('info', 'tenant', ['name', 'locale', 'time_zone', 'currency', 'branding']),
  'tenant.suspended': entry('critical', 'tenant', ['status']),
  'tenant.resumed': entry('critical', 'tenant', ['status']),
  'tenant.mismatch': entry('warning', 'tenant'),
  'tenant.activated': entry('info', 'tenant', ['status']),
  'provisioning.step_finished': entry('info', 'provisioning_job', ['step_key', 'state']),
  'provisioning.failed': entry('critical', 'provisioning_job', ['step_key', 'code']),
  'ops.provisioning_retry': entry('warning', 'provisioning_job', ['state']),
  'ops.provisioning_cancel': entry('warning', 'provisioning_job', ['state']),
  'ops.provisioning_tick': entry('info', 'provisioning_job'),
  'ops.sessions_revoked': entry('critical', 'session', ['revoked']),
  'ops.audit_read': entry('info', 'audit_log'),
  'audit.read': entry('info', 'audit_log'),
  'platform.login': entry('info', 'platform_user'),
  'platform.login_failed': entry('warning', 'platform_user'),
  'platform.logout': entry('info', 'platform_user'),
  'platform.password_changed': entry('warning', 'platform_user'),
  'platform.access_refused': entry('warning', 'platform_user'),
  'role.created': entry('info', 'role', ['name', 'description', 'permissions']),
  'role.updated': entry('warning', 'role', ['name', 'description', 'permissions']),
  'role.deleted': entry('warning', 'role', ['name', 'permissions']),
  'member.added': entry('info', 'member', ['roles', 'store_scope'], ['email']),
  'member.updated': entry('warning', 'member', ['roles', 'store_scope', 'status']),
  'member.removed': entry('warning', 'member', ['roles']),
  'member.left': entry('info', 'member', ['roles']),
  'rbac.grant_refused': entry('warning', 'role', ['missing']),
  'rbac.last_admin_kept': entry('warning', 'member'),
  'invitation.created': entry('info', 'invitation', ['role_id', 'store_scope'], ['email']),
  'invitation.accepted': entry('info', 'invitation'),
  'invitation.revoked': entry('info', 'invitation'),
  'invitation.resent': entry('info', 'invitation'),
  'invitation.expired': entry('info', 'invitation'),
  'store.created': entry('info', 'store', ['code', 'name', 'status']),
  'store.updated': entry('info', 'store', ['name', 'status', 'is_default']),
  'user.created': entry('info', 'user', [], ['email']),
  'product.created': entry('info', 'product', ['name', 'sku', 'status']),
  'product.updated': entry('info', 'product', ['name', 'description', 'status']),
  'variant.updated': entry('info', 'variant', ['name', 'sku', 'price', 'status']),
  'csp.reported': entry('info', 'policy'),
  'mailbox.cleared': entry('info', 'mailbox'),
} as const satisfies Record<string, AuditActionEntry>;
export type AuditAction = keyof typeof AUDIT_ACTIONS;
