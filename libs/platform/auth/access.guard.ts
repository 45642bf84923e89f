import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { fail } from '#contracts/errors.js';
import type { StoreId, TenantId } from '#contracts/ids.js';
import type { Permission, PlatformPermission } from '#contracts/permissions.js';
import { SLUG_PATTERN } from '#contracts/slug.js';
import { Config } from '../config/index.js';
import { isUuid } from '../crypto/index.js';
import type { Stores } from '../db/index.js';
import { makeConfirmedScope, makePlatformScope, makeTenantScope } from '../db/scope-factory.js';
import { Hosts, type HostKind } from '../http/hosts.js';
import { aroundIdempotent, readIdempotencyKey, type IdempotencyKey } from '../http/idempotency.js';
import { requestFacts } from '../http/params.js';
import { setLogContext } from '../logging/index.js';
import { checkMachineKey } from './machine-keys.js';
import { RouteTable, type Route } from './route-table.js';
import {
  Authorizer,
  CredentialVerifier,
  DecisionLog,
  StaffAuthenticator,
  TenantRefusals,
  TenantResolver,
  type AuthzContext,
  type Grants,
} from './types.js';

/**
 * Credential, tenant agreement and permission of a request in ONE guard, in the order of DESIGN §4. What comes later in the request
 * trusts only what stands here: `request.scope`. The credential decides the tenant; header, host and path only have to agree.
 */
@Injectable()
export class AccessGuard implements CanActivate {
  private readonly hosts: Hosts;

  constructor(
    private readonly table: RouteTable,
    @Inject(Config) private readonly config: Config,
    private readonly verifier: CredentialVerifier,
    private readonly authorizer: Authorizer,
    resolver: TenantResolver,
    private readonly staff: StaffAuthenticator,
    private readonly decisions: DecisionLog,
    private readonly refusals: TenantRefusals,
  ) {
    this.hosts = new Hosts(config, resolver);
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const route = this.table.of(context.getHandler());
    if (route.one_time_secret) request.headers['x-no-compression'] = '1';
    switch (route.access.kind) {
      case 'public':
        return true;
      case 'machine':
        return this.machine(request);
      case 'platform':
        return this.platform(request, route, route.access.permission, route.access.ops_key);
      case 'signed_in':
        return this.tenant(request, route, []);
      case 'requires':
        return this.tenant(request, route, route.access.permissions);
    }
  }

  // ---- tenants -------------------------------------------------------------------------------------------------------------------
  private async tenant(request: FastifyRequest, route: Route, permissions: readonly Permission[]): Promise<boolean> {
    const hint = tenantHeader(request);
    const host = await this.hosts.kindOf(request.host);
    if (host.kind === 'unknown_tenant') throw fail('not_found');
    const credential = await this.verifier.verify(request);
    if (host.kind === 'platform') throw fail('tenant_host_required');
    request.credential = credential;
    if (credential.kind === 'user' && credential.limited_to && !route.limited_tokens)
      throw fail(credential.limited_to === 'mfa_setup' ? 'mfa_required' : 'password_change_required');
    const facts = requestFacts(request);
    const authz = await this.authorizer.authorize(credential, facts);
    request.authz = authz;
    setLogContext({ tenant_id: authz.tenant_id, user_id: authz.principal.user_id });
    const key = readIdempotencyKey(request, authz.principal.principal_id, route.answer.status, route.one_time_secret);
    request.scope = this.tenantScope(request, authz, permissions, key);

    if (!agrees(authz, hint, host, request.params as Record<string, string | undefined>)) {
      this.decisions.record({
        scope: principalOf(authz),
        permission: permissions[0] ?? '',
        result: 'denied',
        reason: 'tenant_mismatch',
        request: facts,
      });
      // Without the request's Idempotency-Key: a refusal is not the result that the key stands for.
      await this.refusals.mismatch(this.tenantScope(request, authz, permissions, null));
      throw fail('tenant_mismatch');
    }
    checkAccess(authz, route);
    for (const permission of permissions) this.permit(authz, permission, facts);
    return true;
  }

  private permit(authz: AuthzContext, permission: Permission, facts: ReturnType<typeof requestFacts>): void {
    const decision = { scope: principalOf(authz), permission, request: facts };
    if (authz.effective.has(permission)) {
      this.decisions.record({ ...decision, result: 'allowed', reason: null });
      return;
    }
    const removed = authz.removed.get(permission);
    this.decisions.record({ ...decision, result: 'denied', reason: removed?.reason ?? 'not_granted' });
    if (removed?.reason === 'module_disabled') throw fail('module_disabled', { module_code: removed.module_code, reason: removed.detail });
    if (removed?.detail === 'entitlement_inactive') throw fail('entitlement_inactive', { permission });
    if (removed?.reason === 'not_in_plan') throw fail('module_disabled', { module_code: removed.module_code, reason: 'not_in_plan' });
    throw fail('permission_denied', { permission });
  }

  private tenantScope(request: FastifyRequest, authz: AuthzContext, permissions: readonly Permission[], key: IdempotencyKey | null) {
    const first = permissions[0];
    const identity = { tenant_id: authz.tenant_id as TenantId, actor: authz.actor, request_id: request.id };
    return makeTenantScope({
      ...identity,
      stores: first ? (storesOf(authz.effective, first) ?? []) : [],
      storesFor: (permission) => storesOf(authz.effective, permission),
      // Fresh mode: the rights were read in this request, by the statement that `authorize` sent.
      confirm: () => Promise.resolve(makeConfirmedScope(identity)),
      ...(key ? { around: aroundIdempotent(key) } : {}),
    });
  }

  // ---- platform ------------------------------------------------------------------------------------------------------------------
  private async platform(request: FastifyRequest, route: Route, permission: PlatformPermission | null, opsKey: boolean): Promise<boolean> {
    const host = await this.hosts.kindOf(request.host);
    if (host.kind === 'tenant' || host.kind === 'unknown_tenant') throw fail('platform_host_required');
    if (opsKey && request.headers['x-ops-key'] !== undefined) {
      checkMachineKey(request.headers['x-ops-key'], this.config.ops_api_key);
      request.scope = makePlatformScope({
        actor: { type: 'machine', id: 'ops_key', auth_method: 'ops_key', ip: request.ip },
        request_id: request.id,
      });
      return true;
    }
    const token = bearer(request);
    if (!token) throw fail('unauthenticated');
    if (this.hosts.unset) throw fail('platform_hosts_unset');
    if (host.kind === 'app') throw fail('platform_host_required');
    const facts = requestFacts(request);
    const member = await this.staff.authenticate(token, facts);
    if (member.limited_to && !route.limited_tokens) throw fail('password_change_required');
    request.staff = member;
    setLogContext({ user_id: member.platform_user_id });
    const key = readIdempotencyKey(request, member.platform_user_id, route.answer.status, route.one_time_secret);
    request.scope = makePlatformScope({
      actor: {
        type: 'platform_staff',
        id: member.platform_user_id,
        label: member.email,
        role: member.role,
        session_id: member.platform_session_id,
        auth_method: 'password',
        ip: request.ip,
        user_agent: facts.user_agent,
      },
      request_id: request.id,
      ...(key ? { around: aroundIdempotent(key) } : {}),
    });
    if (permission && !member.permissions.includes(permission)) throw fail('permission_denied', { permission });
    return true;
  }

  private async machine(request: FastifyRequest): Promise<boolean> {
    const host = await this.hosts.kindOf(request.host);
    if (host.kind === 'tenant' || host.kind === 'unknown_tenant') throw fail('platform_host_required');
    checkMachineKey(request.headers['x-cron-key'], this.config.cron_keys);
    request.scope = makePlatformScope({
      actor: { type: 'machine', id: 'cron_key', auth_method: 'cron_key', ip: request.ip },
      request_id: request.id,
    });
    return true;
  }
}

export function bearer(request: FastifyRequest): string | null {
  const match = /^Bearer ([\w.~+/=-]+)$/i.exec(request.headers.authorization ?? '');
  return match?.[1] ?? null;
}

/** X-Tenant-Id as sent: one id or slug. Node joins a repeated header with a comma, which is neither. */
export function tenantHeader(request: FastifyRequest): string | null {
  const raw = request.headers['x-tenant-id'];
  if (raw === undefined) return null;
  const value: string = Array.isArray(raw) ? raw.join(',') : raw;
  const isSlug = value.length <= 63 && SLUG_PATTERN.test(value);
  if (!isSlug && !isUuid(value)) throw fail('tenant_hint_invalid');
  return value.toLowerCase();
}

function agrees(authz: AuthzContext, header: string | null, host: HostKind, params: Readonly<Record<string, string | undefined>>): boolean {
  const same = (hint: string): boolean => hint === authz.tenant_id || hint === authz.tenant_slug;
  if (header !== null && !same(header)) return false;
  if (host.kind === 'tenant' && host.tenant_id !== authz.tenant_id) return false;
  const inPath = params['tenant_id'] ?? params['slug'];
  return inPath === undefined || same(inPath.toLowerCase());
}

function checkAccess(authz: AuthzContext, route: Route): void {
  switch (authz.access) {
    case 'full':
      return;
    case 'read_only':
      if (route.mutating && route.access.kind === 'requires') throw fail('tenant_read_only');
      return;
    case 'restricted':
      if (route.allow_when === null) throw fail('tenant_suspended');
      return;
    case 'closed':
      if (route.allow_when !== 'closed') throw fail('tenant_archived');
      return;
    case 'not_ready':
      throw fail('tenant_not_ready', { retry_after: 5, reason: 'provisioning' });
  }
}

function storesOf(grants: Grants, permission: Permission): Stores | null {
  const stores = grants.get(permission);
  return stores === undefined ? null : stores === 'all' ? 'all' : ([...stores] as StoreId[]);
}

const principalOf = (authz: AuthzContext) => ({
  tenant_id: authz.tenant_id,
  user_id: authz.principal.kind === 'user' ? authz.principal.user_id : null,
  api_key_id: authz.principal.kind === 'api_key' ? authz.principal.principal_id : null,
});
