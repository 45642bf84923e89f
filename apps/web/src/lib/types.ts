/**
 * Names for the shapes of the API. They come from the generated client; what the document leaves open (a JSON object) is narrowed
 * here, in one place, to what the pages say.
 */
import type { Permission } from '#contracts/permissions.js';
import type { components } from '#client/schema.js';

type Schemas = components['schemas'];

export interface Page<T> {
  data: T[];
  next_cursor: string | null;
}
export type StoreScope = Schemas['StoreScopeDto'];
export const ALL_STORES: StoreScope = { mode: 'all', store_ids: [] };
export type DemoAccount = Schemas['DemoAccountOut'];
export type PasswordPolicy = Schemas['PasswordPolicyOut'];
export type TenantRef = Schemas['TenantRefOut'];

export type ClientConfig = Omit<Schemas['ClientConfigOut'], 'tenant' | 'maintenance'> & {
  tenant: { slug: string; name: string } | null;
  maintenance: { message: string; until: string | null } | null;
};

/** `mfa` and `mfa_setup` come with the second factor. */
export type Next = 'mfa' | 'mfa_setup' | 'choose_tenant' | 'change_password';
type Person = Pick<Schemas['PersonOut'], 'user_id' | 'email' | 'display_name'>;
/** What both realms' sign-ins have in common; staff have no tenant. */
export interface SignInAnswer {
  token: string | null;
  expires_in: number;
  user: Person;
  tenant: TenantRef | null;
  tenants: Schemas['TenantChoiceOut'][];
  next: Next | null;
  challenge?: string;
}
export type StaffAnswer = Schemas['StaffSignedInOut'];
export type StaffMe = Omit<Schemas['StaffMeOut'], 'permissions'> & { permissions: string[] };

/** In the SPA a person asks, never an API key: there is a user. */
export type Me = Omit<Schemas['MeOut'], 'abilities' | 'modules' | 'user' | 'next'> & {
  user: NonNullable<Schemas['MeOut']['user']>;
  next: string | null;
  abilities: Partial<Record<Permission, 'all' | string[]>>;
  modules: Record<string, 'on' | 'off' | 'locked'>;
};

export type Member = Schemas['MemberOut'];
export type Invitation = Schemas['InvitationOut'];
export type InvitationPreview = Schemas['InvitationPreview'];
export type Store = Schemas['StoreOut'];
export type Role = Schemas['RoleOut'];
export type RoleInput = Required<Schemas['RoleIn']>;
export type PermissionRow = Schemas['PermissionOut'];
export interface Assignment {
  role_id: string;
  store_scope: StoreScope;
}

/** `impersonator` comes with support access. */
export type AuditRow = Schemas['AuditEventOut'] & { impersonator?: { id: string; label: string | null } | null };
export type InventoryRow = Schemas['InventoryOut'];
export type NewProduct = Schemas['ProductIn'];

export type ConsoleTenant = Schemas['ConsoleTenant'];
export type ConsoleTenantDetail = Schemas['ConsoleTenantDetail'];
export type TenantCreated = Schemas['TenantCreated'];
export type NewTenant = Schemas['TenantIn'];
export type JobStep = Schemas['ProvisioningStepOut'];
export type JobState = Schemas['ProvisioningJobOut']['state'];
export type StepState = JobStep['state'];
export type ProvisioningJob = Schemas['ProvisioningJobOut'];
export type ProvisioningJobDetail = Schemas['ProvisioningJobDetail'];
export type MailRow = Schemas['MailboxEntryOut'];

// What follows is written against the DTOs of the API (identity, tenants, entitlements, rbac, ops): their routes may be newer than the
// generated client. `call()` of api.ts carries them.
export interface OwnSession {
  session_id: string;
  client: string;
  ip: string | null;
  user_agent: string | null;
  created_at: string;
  last_seen_at: string;
  expires_at: string;
  current: boolean;
  support?: boolean;
}
export interface MfaState {
  enabled: boolean;
  enabled_at: string | null;
  recovery_codes_left: number;
  required: boolean;
}
export interface MfaSecret {
  secret: string;
  otpauth_uri: string;
  recovery_codes: string[];
}
export interface ApiKey {
  api_key_id: string;
  name: string;
  prefix: string;
  scopes: string[];
  store_scope: StoreScope;
  owner_user_id: string;
  owner_name: string;
  ip_cidrs: string[];
  status: string;
  created_at: string;
  expires_at: string | null;
  rotated_at: string | null;
  revoked_at: string | null;
  last_used_at: string | null;
  last_ip: string | null;
}
export interface ApiKeyMade {
  api_key: ApiKey & { secret: string };
}
export interface ModuleSwitch {
  module_code: string;
  name: string;
  is_core: boolean;
  active: boolean;
  entitled: boolean;
  enabled: boolean;
  reason: string | null;
  depends_on: string[];
}
export interface TenantSettings {
  modules: ModuleSwitch[];
  features: { feature_code: string; module_code: string; name: string; active: boolean; enabled: boolean }[];
  settings: Record<string, unknown>;
  password_policy: { min_length: number; classes: string; history: number; max_age_days: number | null };
  mfa_required: boolean;
}
export interface TenantFacts {
  tenant_id: string;
  slug: string;
  name: string;
  status: string;
  locale: string;
  time_zone: string;
  currency: string;
  row_version?: number;
}
export interface Entitlements {
  plan_code: string | null;
  status: string;
  period_end: string | null;
  trial_ends_at: string | null;
  limits: { code: string; max: number | null; used: number }[];
}
export interface Explanation {
  allowed: boolean;
  granted_by: { role_id: string; role: string; role_assignment_id: string; store_scope: StoreScope }[];
  removed_by: { mask: string; detail: string | null }[];
}
export type PlatformModule = Schemas['PlatformModuleOut'];
export type StaffMember = Schemas['StaffOut'];
export type StaffRole = StaffMember['role'];
export type PlatformPlan = Omit<Schemas['PlatformPlanOut'], 'limits' | 'trial_limits'> & {
  limits: Record<string, number | null>;
  trial_limits: Record<string, number | null>;
};
export type Plan = Omit<Schemas['PlanOut'], 'limits'> & { limits: Record<string, number | null> };
export type Template = Schemas['TemplateOut'];
export type Subscription = Schemas['SubscriptionOut'];
export type StaffEntitlements = Schemas['StaffEntitlementsOut'];
export type Override = Schemas['OverrideOut'];
export type Decision = Schemas['DecisionOut'];
export type Webhook = Schemas['EndpointOut'];
export type WebhookInput = Schemas['EndpointIn'];
export type WebhookMade = Schemas['EndpointMade'];
export type WebhookEventType = Schemas['EventTypeOut'];
export type Delivery = Schemas['DeliveryOut'];
export type DeliveryDetail = Schemas['DeliveryDetailOut'];
export type DeliveryAttempt = Schemas['AttemptOut'];
export type WebhookJob = Schemas['BulkJobOut'];
export type { paths } from '#client/schema.js';
