import { Injectable } from '@nestjs/common';
import { isIP } from 'node:net';
import { fail } from '#contracts/errors.js';
import { Authorizer, type RequestFacts, type VerifiedCredential } from '#platform/auth/index.js';
import { Clock } from '#platform/crypto/index.js';
import type { TenantScope } from '#platform/db/index.js';
import { Materialiser } from '../entitlements/index.js';
import { delegatedRights, supportMask } from './delegated-rights.js';
import type { JudgedRights } from './judged-rights.js';
import { KeyRightsRepository, type KeyRightsRow } from './key-rights.repository.js';
import { keyMask } from './principal-rights.js';
import { readingScope } from './rbac-scopes.js';
import { RightsJudge, type ReadRow } from './rights-judge.js';
import { RightsMemory, type RememberedRights } from './rights-memory.js';
import { RightsRepository, type RightsRow } from './rights.repository.js';
import type { Rights } from './rights.js';
import { storeScopeOf } from './store-scope.js';

type PersonCredential = Extract<VerifiedCredential, { kind: 'user' }>;
/** Keys whose owner is remembered, so that the owner's rights need not be read again. */
const OWNERS_REMEMBERED = 2_000;

/**
 * AUTHZ_MODE=fresh, always right: one statement in one batch, in every request. It reads session, membership, account,
 * tenant and both versions; the lists behind the rights only when a version is not the one they were computed from. So a change of role,
 * scope, membership, session, module or plan holds on the very next request on every instance.
 */
@Injectable()
export class RbacAuthorizer extends Authorizer {
  private readonly memory = new RightsMemory();
  /** Hash of a key → whose rights it narrows. A hint and no more: the statement says whose they are. */
  private readonly owners = new Map<string, { readonly tenant_id: string; readonly user_id: string }>();

  constructor(
    private readonly rights: RightsRepository,
    private readonly keys: KeyRightsRepository,
    private readonly judge: RightsJudge,
    private readonly plans: Materialiser,
    private readonly clock: Clock,
  ) {
    super();
  }

  override authorize(credential: VerifiedCredential, request: RequestFacts): Promise<Rights> {
    return credential.kind === 'user' ? this.person(credential, request) : this.key(credential.credential_hash, request);
  }

  private async person({ user_id, session_id, tenant_id, support }: PersonCredential, request: RequestFacts): Promise<Rights> {
    const scope = readingScope(tenant_id, { type: 'user', id: user_id, session_id }, request.request_id);
    const known = this.memory.find(scope.tenant_id, user_id, this.clock.now().getTime());
    const { row, email } = this.check(
      await this.upToDate(
        () => this.rights.read(scope, { user_id, session_id, known }),
        () => scope.tenant_id,
      ),
    );
    const rights = this.judged(row, scope.tenant_id, user_id, known);
    const mask = support && (await this.supportMode(scope, support.mode));
    const { held, effective, removed } = mask ? delegatedRights(rights, supportMask(mask), 'impersonation') : rights;
    const role = rights.assignments.map((assignment) => assignment.code).join(' ');
    return {
      tenant_id: scope.tenant_id,
      tenant_slug: row.slug,
      access: row.access,
      principal: { kind: 'user', principal_id: user_id, user_id, session_id },
      ...(support ? { support: { ...support, mode: mask ?? 'read_only' } } : {}),
      mfa_missing: rights.mfa_required && row.session_mfa_at === null,
      requests: { per_minute: row.requests_per_minute, per_day: row.requests_per_day },
      actor: {
        type: 'user',
        id: user_id,
        label: email,
        role,
        auth_method: support ? 'support' : 'password',
        session_id,
        ...(support ? { impersonator: support.staff } : {}),
        ip: request.ip,
        user_agent: request.user_agent,
      },
      tenant_version: row.tenant_version,
      principal_version: row.principal_version ?? '0',
      held,
      effective,
      removed,
      assignments: rights.assignments,
      modules: rights.modules,
      features: rights.features,
      plan: rights.plan,
      check:
        support || row.principal_version === null
          ? null
          : {
              kind: 'session',
              tenant_id: scope.tenant_id,
              slug: row.slug,
              tenant_version: row.tenant_version,
              user_id,
              principal_version: row.principal_version,
              session_id,
              needs_mfa: rights.mfa_required,
            },
      valid_until: earliest(rights.valid_until, row.session_expires_at),
    };
  }

  /** Tenant and key are found by the hash, in the same round trip. Every refusal that could tell a stranger something is one. */
  private async key(credential_hash: Buffer, request: RequestFacts): Promise<Rights> {
    const now = this.clock.now();
    const name = credential_hash.toString('base64');
    const owner = this.owners.get(name);
    const known = owner ? this.memory.find(owner.tenant_id, owner.user_id, now.getTime()) : null;
    const asked = { credential_hash, ip: plainAddress(request.ip), at: now, known, request_id: request.request_id };
    const row = this.checkKey(
      await this.upToDate(
        () => this.keys.read(asked),
        (row) => row.tenant_id,
      ),
      now,
    );
    const { tenant_id, api_key_id, owner_user_id, tenant_version, principal_version, all_stores, stores } = row;
    const rights = this.judged(row, tenant_id, owner_user_id, known);
    this.rememberOwner(name, { tenant_id, user_id: owner_user_id });
    const { ip, user_agent } = request;
    return {
      tenant_id,
      tenant_slug: row.slug,
      access: row.access,
      principal: { kind: 'api_key', principal_id: api_key_id, user_id: owner_user_id, session_id: null },
      mfa_missing: false, // a key is for machines
      requests: { per_minute: row.requests_per_minute, per_day: row.requests_per_day },
      actor: { type: 'api_key', id: api_key_id, label: row.name, auth_method: 'api_key', api_key_id, ip, user_agent },
      tenant_version,
      principal_version: `${row.key_version}.${principal_version ?? '0'}`,
      ...delegatedRights(rights, keyMask(row), 'token_scope'),
      assignments: [],
      modules: rights.modules,
      features: rights.features,
      plan: rights.plan,
      api_key: { api_key_id, name: row.name, prefix: row.prefix, store_scope: storeScopeOf(all_stores, stores) },
      check:
        principal_version === null
          ? null
          : {
              kind: 'key',
              tenant_id,
              slug: row.slug,
              tenant_version,
              api_key_id,
              key_version: row.key_version,
              owner_user_id,
              owner_version: principal_version,
              credential_hash,
            },
      valid_until: earliest(rights.valid_until, row.expires_at, row.secret_expires_at),
    };
  }

  /**
   * What the plan gives has changed by time alone (an override ended, a period went on) and no job has come by yet: it is written down
   * now, which is a new version of the tenant's rights, and read again.
   */
  private async upToDate<R extends Pick<RightsRow, 'plan_valid_until'>>(
    read: () => Promise<R | null>,
    tenantOf: (row: R) => string,
  ): Promise<R | null> {
    const row = await read();
    if (!row?.plan_valid_until || row.plan_valid_until > this.clock.now()) return row;
    await this.plans.catchUp(tenantOf(row));
    return read();
  }

  /** Does the credential still count? Whoever may not know answers last: a session that ended says nothing about the tenant. */
  private check(row: RightsRow | null): { row: RightsRow; email: string } {
    if (!row) throw fail('not_found');
    const over =
      row.session_id === null || row.session_revoked_at !== null || (row.session_expires_at?.getTime() ?? 0) <= this.clock.now().getTime();
    if (over || row.user_active === false) throw fail('session_revoked');
    if (row.member_status === null || row.member_status === 'removed' || row.email === null) throw fail('not_found');
    if (row.member_status === 'suspended') throw fail('membership_suspended');
    return { row, email: row.email };
  }

  private checkKey(row: KeyRightsRow | null, now: Date): KeyRightsRow {
    const isOver = !row?.key_active || (row.expires_at !== null && row.expires_at.getTime() <= now.getTime());
    // A key stands and falls with its owner.
    if (isOver || row.user_active === false || row.member_status === null || row.member_status === 'removed')
      throw fail('invalid_credentials');
    if (!row.ip_allowed) throw fail('ip_refused');
    if (row.member_status === 'suspended') throw fail('membership_suspended');
    return row;
  }

  private rememberOwner(name: string, owner: { readonly tenant_id: string; readonly user_id: string }): void {
    this.owners.delete(name);
    if (this.owners.size >= OWNERS_REMEMBERED) this.owners.delete(this.owners.keys().next().value as string);
    this.owners.set(name, owner);
  }

  /** Write access holds while the tenant allows it, not only when it was given. */
  private async supportMode(scope: TenantScope, asked: 'read_only' | 'write'): Promise<'read_only' | 'write'> {
    return asked === 'write' && (await this.rights.allowsSupportToWrite(scope)) ? 'write' : 'read_only';
  }

  /** What was computed from these versions, or what the rows say now. */
  private judged(row: JudgedRead, tenant_id: string, user_id: string, known: RememberedRights | null): JudgedRights {
    if (row.assignments === null && known) return known.rights;
    const rights = this.judge.judge(row);
    const { tenant_version, principal_version } = row;
    if (principal_version !== null)
      this.memory.keep(tenant_id, user_id, { tenant_version, principal_version, at: this.clock.now().getTime(), rights });
    return rights;
  }
}

type JudgedRead = ReadRow & Pick<RightsRow, 'tenant_version' | 'principal_version'>;

/** The first of several ends, in ms; null never ends. */
const earliest = (...ends: readonly (number | Date | null)[]): number =>
  Math.min(...ends.map((end) => (end === null ? Number.POSITIVE_INFINITY : end.valueOf())));

/** An IPv4 address in IPv6 clothes is that IPv4 address; a zone is no part of an address. null: not from the network. */
function plainAddress(ip: string): string | null {
  const plain = ip.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  return isIP(plain) ? plain : null;
}
