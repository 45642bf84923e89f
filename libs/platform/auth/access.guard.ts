import { Inject, Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { fail } from '#contracts/errors.js';
import type { Permission, PlatformPermission } from '#contracts/permissions.js';
import { SLUG_PATTERN } from '#contracts/slug.js';
import { Config } from '../config/index.js';
import { isUuid } from '../crypto/index.js';
import { TenantDb } from '../db/index.js';
import { makePlatformScope } from '../db/scope-factory.js';
import type { LimitedStep } from '../http/access.js';
import { Hosts } from '../http/hosts.js';
import { aroundIdempotent, readIdempotencyKey } from '../http/idempotency.js';
import { requestFacts } from '../http/params.js';
import { setLogContext } from '../logging/index.js';
import { checkMachineKey } from './machine-keys.js';
import { RouteTable, type Route } from './route-table.js';
import { TenantAccess, type AccessParts } from './tenant-access.js';
import { stepRefusal } from './tenant-refusal.js';
import { Authorizer, CredentialVerifier, DecisionLog, StaffAuthenticator, TenantRefusals, TenantResolver } from './types.js';

/**
 * Credential, tenant agreement and permission of a request in ONE guard, in the order of DESIGN §4. What comes later in the request
 * trusts only what stands here: `request.scope`. The credential decides the tenant; header, host and path only have to agree.
 */
@Injectable()
export class AccessGuard implements CanActivate {
  private readonly hosts: Hosts;
  private readonly parts: AccessParts;

  constructor(
    private readonly table: RouteTable,
    @Inject(Config) private readonly config: Config,
    verifier: CredentialVerifier,
    authorizer: Authorizer,
    resolver: TenantResolver,
    private readonly staff: StaffAuthenticator,
    decisions: DecisionLog,
    refusals: TenantRefusals,
    db: TenantDb,
  ) {
    this.hosts = new Hosts(config, resolver);
    this.parts = { db, verifier, authorizer, decisions, refusals };
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
    const credential = await this.parts.verifier.verify(request);
    // Support access opens a tenant from the console; everybody else has a host of the tenants' own.
    if (host.kind === 'platform' && !(credential.kind === 'user' && credential.support)) throw fail('tenant_host_required');
    request.credential = credential;
    if (credential.kind === 'user') mustBeStep(credential.limited_to, route);
    const params = request.params as Record<string, string | undefined>;
    request.access = new TenantAccess(this.parts, request, { route, permissions, credential, host, hint, params });
    await request.access.open();
    return true;
  }

  // ---- platform ------------------------------------------------------------------------------------------------------------------
  private async platform(request: FastifyRequest, route: Route, permission: PlatformPermission | null, opsKey: boolean): Promise<boolean> {
    const hasKey = opsKey && request.headers['x-ops-key'] !== undefined;
    if (!hasKey && !this.config.admin_console_enabled) throw fail('not_found');
    const host = await this.hosts.kindOf(request.host);
    if (host.kind === 'tenant' || host.kind === 'unknown_tenant') throw fail('platform_host_required');
    if (hasKey) {
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
    mustBeStep(member.limited_to, route);
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
        auth_method: member.auth_method,
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

function mustBeStep(step: LimitedStep | null, route: Route): void {
  const refusal = stepRefusal(step, route);
  if (refusal) throw refusal;
}
