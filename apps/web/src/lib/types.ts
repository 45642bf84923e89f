/**
 * Shapes of the API, in one place, until they come from the generated `#client/schema.js`. Names are those of the pages
 * (specs/tenancy.md §3–§12, platform.md §3.6, audit.md §7).
 */
import type { Permission } from '#contracts/permissions.js';

export type Next = 'mfa' | 'mfa_setup' | 'choose_tenant' | 'change_password';
export interface Page<T> {
  data: T[];
  next_cursor: string | null;
}

export interface Branding {
  logo_url?: string | null;
  primary_color?: string | null;
}
export interface DemoAccount {
  label: string;
  email: string;
  password: string;
  realm: 'tenant' | 'platform';
  tenant_slug: string | null;
}
export interface PasswordPolicy {
  min_length: number;
  max_length?: number;
  classes: 'all' | 'three';
  history?: number;
}
export interface ClientConfig {
  product_name: string;
  build: string;
  host_kind: 'platform' | 'tenant' | 'app' | 'any';
  root_domain: string | null;
  tenant: { slug: string; name: string; branding?: Branding } | null;
  sign_in?: { password: boolean; google?: boolean; signup?: boolean; mfa?: boolean };
  password_policy?: PasswordPolicy;
  languages?: string[];
  demo: { accounts: DemoAccount[] } | null;
  maintenance: { message: string; until: string | null } | null;
  client?: 'web' | 'native';
}

export interface TenantRef {
  tenant_id: string;
  slug: string;
  name: string;
  status: string;
}
export interface Person {
  user_id: string;
  email: string;
  display_name: string | null;
}
export interface SignInAnswer {
  token: string | null;
  access_token?: string | null;
  expires_in: number;
  user: Person | null;
  tenant: TenantRef | null;
  tenants?: (TenantRef & { roles?: (string | { name: string })[] })[];
  next: Next | null;
  challenge?: string;
}
export interface StaffAnswer {
  token: string | null;
  expires_in: number;
  user: { platform_user_id: string; email: string; display_name?: string | null; role?: string } | null;
  next: Next | null;
  challenge?: string;
}
export interface StaffMe {
  user: { platform_user_id: string; email: string; display_name: string | null; role: string };
  permissions: string[];
  next?: Next | null;
}

export type StoreScope = { mode: 'all' } | { mode: 'selected'; store_ids: string[] };
export interface Me {
  user: Person & { locale: string | null; time_zone: string | null; mfa_enabled?: boolean };
  tenant: TenantRef & { access: string; branding?: Branding; time_zone?: string; currency?: string; read_only?: boolean };
  roles: { role_id: string; code: string; name: string; store_scope: StoreScope }[];
  permissions: Permission[];
  abilities: Partial<Record<Permission, 'all' | string[]>>;
  modules: Record<string, 'on' | 'off' | 'locked'>;
  nav: string[];
  tenants: (TenantRef & { roles: (string | { name: string })[] })[];
  impersonation: { staff_label: string; reason: string; expires_at: string; read_only: boolean } | null;
  next: Next | null;
  version: string;
}

export interface Assignment {
  role_id: string;
  code: string;
  name: string;
  store_scope: StoreScope;
  expires_at?: string | null;
}
export interface Member {
  user_id: string;
  email: string;
  display_name: string | null;
  roles: Assignment[];
  status: 'active' | 'suspended' | 'removed';
  last_seen_at: string | null;
  joined_at?: string | null;
  mfa_enabled?: boolean;
}
export interface Invitation {
  invitation_id: string;
  email: string;
  role: { role_id: string; code?: string; name: string };
  store_scope: StoreScope;
  status: 'pending' | 'accepted' | 'revoked' | 'expired';
  expires_at: string;
  created_at: string;
  invited_by: { user_id: string; display_name: string | null; email?: string } | null;
  sent_count: number;
}
export interface InvitationPreview {
  email: string;
  role: string | { name: string; description?: string | null };
  tenant_name: string;
  inviter?: string | null;
  expires_at: string;
  account_exists: boolean;
}
export interface Store {
  store_id: string;
  code: string;
  name: string;
  status: string;
}
export interface Role {
  role_id: string;
  code: string;
  name: string;
  description: string | null;
  is_system: boolean;
  permissions: Permission[];
  member_count: number;
}
export interface PermissionRow {
  name: Permission;
  description: string;
  module: string;
  scopeable: boolean;
  dangerous: boolean;
  held: boolean;
}

export interface AuditRow {
  audit_event_id: string;
  tenant_id: string;
  occurred_at: string;
  action: string;
  severity: 'info' | 'warning' | 'critical';
  outcome: 'success' | 'denied' | 'failed';
  actor: { type: string; id: string; role?: string | null; label?: string | null };
  impersonator?: { id: string; label?: string | null } | null;
  targets: { type: string; id: string; label?: string | null }[];
  changes?: { field: string; from: unknown; to: unknown }[] | null;
  reason?: string | null;
  request_id?: string | null;
  ip?: string | null;
  user_agent?: string | null;
}

export interface InventoryRow {
  item_id: string;
  sku: string;
  name: string;
  price_minor: number | string | null;
  currency: string | null;
  status: string;
}

export interface OpsTenant extends TenantRef {
  plan_code: string | null;
  member_count: number;
  created_at: string;
  failed_step: string | null;
  failed_reason: string | null;
}
export interface PlatformTenant extends TenantRef {
  status_reason: string | null;
  template_code: string | null;
  plan_code?: string | null;
  member_count?: number;
  read_only: boolean;
  created_at: string;
  last_error: { step?: string; code?: string; message?: string } | null;
  features?: string[];
  provisioning_job_id?: string | null;
}
export interface TenantCreated {
  tenant_id: string;
  name: string;
  slug: string;
  status: string;
  provisioning_job_id: string;
}

export type JobState = 'queued' | 'running' | 'waiting' | 'succeeded' | 'failed' | 'compensating' | 'cancelled';
export type StepState = 'pending' | 'running' | 'done' | 'skipped' | 'failed' | 'compensated';
export interface JobError {
  code?: string;
  message?: string;
  step?: string;
}
export interface JobStep {
  step_key: string;
  seq: number;
  state: StepState;
  attempts: number;
  started_at: string | null;
  finished_at: string | null;
  error: JobError | null;
}
export interface ProvisioningJob {
  provisioning_job_id: string;
  tenant_id: string;
  tenant_name?: string | null;
  kind: string;
  state: JobState;
  step_key: string | null;
  attempts: number;
  max_attempts: number;
  lease_until: string | null;
  error: JobError | null;
  created_at: string;
  started_at: string | null;
  finished_at: string | null;
}
export interface ProvisioningJobDetail extends ProvisioningJob {
  steps: JobStep[];
}

export interface MailRow {
  mail_message_id: string;
  to_email: string;
  template: string;
  subject: string;
  created_at: string;
  links: string[];
}
export interface MailDetail extends MailRow {
  text: string;
  html: string;
}
