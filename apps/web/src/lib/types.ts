/**
 * Names for the shapes of the API. They come from the generated client; what the document leaves open (a JSON object) is narrowed
 * here, in one place, to what the pages say (specs/tenancy.md §4.6, platform.md §3.6).
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

/** `mfa` and `mfa_setup` come with the second factor (specs/tenancy.md §4.5). */
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

export type Me = Omit<Schemas['MeOut'], 'abilities' | 'modules'> & {
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

/** `impersonator` comes with support access (specs/audit.md §2). */
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
export type { paths } from '#client/schema.js';
