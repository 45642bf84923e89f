/**
 * The operations this SPA calls, in the form that openapi-typescript writes, so that switching to the generated file is one line:
 * `export type { paths } from '#client/schema.js'`.
 */
import type * as T from './types';

type Json<R> = { content: { 'application/json': R } };
type Query<Q> = { parameters: { query?: Q } };
type Params = { parameters: { path: Record<string, string> } };
type Body<B> = { requestBody: Json<B> };
type Keyed = { parameters: { header?: { 'Idempotency-Key'?: string } } };
type Gives<R> = { responses: { 200: Json<R> } };
type Nothing = { responses: { 204: { content?: never } } };
type ListQuery = { q?: string; status?: string; cursor?: string; limit?: string };

export interface AssignmentInput {
  role_id: string;
  store_scope: T.StoreScope;
}
export interface AuditQuery {
  from?: string;
  to?: string;
  action?: string;
  actor_id?: string;
  outcome?: string;
  severity?: string;
  q?: string;
  request_id?: string;
  tenant_id?: string;
  cursor?: string;
  limit?: string;
}
export interface NewTenant {
  name: string;
  subdomain: string;
  features: string[];
  template_code: string;
  owner?: { email: string; name: string };
}
export interface RoleInput {
  name: string;
  description: string;
  permissions: string[];
}

export interface paths {
  '/client-config': { get: Gives<T.ClientConfig> };
  '/me': { get: Gives<T.Me> };
  '/auth/me': { patch: Body<{ display_name?: string; locale?: string; time_zone?: string }> & Gives<unknown> };
  '/auth/password-policy': { get: Gives<T.PasswordPolicy> };
  '/auth/password/change': { post: Body<{ current_password: string; new_password: string }> & Gives<T.SignInAnswer> };
  '/auth/invitation/{token}': { get: Params & Gives<T.InvitationPreview> };
  '/platform/auth/me': { get: Gives<T.StaffMe> };
  '/platform/auth/password/change': { post: Body<{ current_password: string; new_password: string }> & Gives<T.StaffAnswer> };

  '/stores': { get: Query<ListQuery> & Gives<T.Page<T.Store>> };
  '/admin/members': { get: Query<ListQuery & { role?: string }> & Gives<T.Page<T.Member>> };
  '/admin/members/{user_id}': {
    patch: Params & Body<{ assignments?: AssignmentInput[]; status?: 'active' | 'suspended' }> & Gives<unknown>;
    delete: Params & Nothing;
  };
  '/admin/invitations': {
    get: Query<ListQuery> & Gives<T.Page<T.Invitation>>;
    post: Keyed & Body<{ email: string; role_id: string; store_scope: T.StoreScope; message?: string }> & Gives<T.Invitation>;
  };
  '/admin/invitations/{invitation_id}': { delete: Params & Nothing };
  '/admin/invitations/{invitation_id}/resend': { post: Params & Gives<T.Invitation> };
  '/rbac/permissions': { get: Gives<T.Page<T.PermissionRow>> };
  '/roles': { get: Query<ListQuery> & Gives<T.Page<T.Role>>; post: Keyed & Body<RoleInput> & Gives<T.Role> };
  '/roles/{role_id}': { get: Params & Gives<T.Role>; patch: Params & Body<RoleInput> & Gives<T.Role>; delete: Params & Nothing };
  '/audit-logs': { get: Query<AuditQuery> & Gives<T.Page<T.AuditRow>> };
  '/inventory': {
    get: Query<ListQuery> & Gives<T.Page<T.InventoryRow>>;
    post: Keyed & Body<{ sku: string; name: string; price_minor?: number }> & Gives<T.InventoryRow>;
  };

  '/ops/tenants': { get: Query<ListQuery> & Gives<T.Page<T.OpsTenant>> };
  '/platform/tenants': { get: Query<ListQuery> & Gives<T.Page<T.PlatformTenant>>; post: Keyed & Body<NewTenant> & Gives<T.TenantCreated> };
  '/platform/tenants/{tenant_id}': { get: Params & Gives<T.PlatformTenant> };
  '/platform/tenants/{tenant_id}/suspend': { post: Params & Body<{ reason: string }> & Gives<unknown> };
  '/platform/tenants/{tenant_id}/resume': { post: Params & Body<{ reason: string }> & Gives<unknown> };
  '/ops/provisioning/jobs': { get: Query<ListQuery & { tenant_id?: string; kind?: string }> & Gives<T.Page<T.ProvisioningJob>> };
  '/ops/provisioning/jobs/{id}': { get: Params & Gives<T.ProvisioningJobDetail> };
  '/ops/provisioning/jobs/{id}/retry': { post: Params & Body<{ reason: string; force?: boolean }> & Gives<unknown> };
  '/ops/provisioning/jobs/{id}/cancel': { post: Params & Body<{ reason: string }> & Gives<unknown> };
  '/ops/audit-logs': { get: Query<AuditQuery> & Gives<T.Page<T.AuditRow>> };
  '/dev/mailbox': { get: Query<{ to?: string; limit?: string }> & Gives<T.Page<T.MailRow>> };
  '/dev/mailbox/{mail_message_id}': { get: Params & Gives<T.MailDetail> };
}
