import { Injectable } from '@nestjs/common';
import { fail } from '#contracts/errors.js';
import type { AuthzContext } from '#platform/auth/index.js';
import { Config } from '#platform/config/index.js';
import { Clock, newId, sha256 } from '#platform/crypto/index.js';
import { TenantDb, type TenantScope, type Tx } from '#platform/db/index.js';
import type { ListOfQuery, Page } from '#platform/http/index.js';
import { AuditService, type AuditChange } from '../audit/index.js';
import { Entitlements } from '../entitlements/index.js';
import { ALL_STORES, checkGrant, GuardedChanges, Members, scopeOut, scopeText, storeScopeOf, type StoreScope } from '../rbac/index.js';
import { newApiKey, shownPrefix } from './api-key-format.js';
import type { API_KEYS, ApiKeyIn, ApiKeyMade, ApiKeyOut, ApiKeyPatch, ApiKeyRotateIn } from './api-keys.dto.js';
import { apiKeyRows, type ApiKeyRow } from './api-keys.repository.js';
import { wantedNetworks, wantedScopes } from './key-request.js';

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const LIFE_DAYS = 365;
const GRACE_MINUTES = 60;

/**
 * Keys for machines. What one may do is its owner's rights ∩ its scopes ∩ its stores, as they are at the moment of each request; so it is
 * given by the grant rule, and by the grant rule again whenever its secret, its networks or its owner change hands.
 */
@Injectable()
export class ApiKeys {
  constructor(
    private readonly db: TenantDb,
    private readonly changes: GuardedChanges,
    private readonly members: Members,
    private readonly entitlements: Entitlements,
    private readonly audit: AuditService,
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  async create(scope: TenantScope, authz: AuthzContext, input: ApiKeyIn): Promise<ApiKeyMade> {
    const scopes = wantedScopes(input.scopes);
    const ip_cidrs = wantedNetworks(input.ip_cidrs ?? []);
    const store_scope = input.store_scope ?? ALL_STORES;
    const expires_at = new Date(this.clock.now().getTime() + (input.expires_in_days ?? LIFE_DAYS) * DAY_MS);
    const api_key_id = newId();
    const { user_id: owner_user_id } = authz.principal;
    return this.changes.run(scope, { user_id: owner_user_id }, async (tx) => {
      checkGrant(authz.held, scopes, store_scope);
      await this.entitlements.take(tx, 'max_api_keys');
      const secret = this.newSecret();
      const all_stores = store_scope.mode === 'all';
      const stores = all_stores ? [] : store_scope.store_ids.map((id) => id.toLowerCase());
      const prefix = shownPrefix(secret);
      await apiKeyRows.insert(tx, {
        api_key_id,
        name: input.name.trim(),
        prefix,
        scopes,
        all_stores,
        stores,
        owner_user_id,
        ip_cidrs,
        expires_at,
      });
      await apiKeyRows.putSecret(tx, sha256(secret), api_key_id, expires_at);
      const row = await this.found(tx, api_key_id);
      await this.audit.record(tx, 'api_key.created', {
        targets: [targetOf(row)],
        changes: [
          { field: 'name', to: row.name },
          { field: 'scopes', to: scopes },
          { field: 'store_scope', to: scopeText(storeScopeOf(all_stores, stores)) },
          { field: 'networks', to: row.ip_cidrs },
          { field: 'owner_user_id', to: owner_user_id },
          { field: 'expires_at', to: expires_at.toISOString() },
        ],
      });
      return this.made(row, secret);
    });
  }

  async list(scope: TenantScope, list: ListOfQuery<typeof API_KEYS>): Promise<Page<ApiKeyOut>> {
    const { status = null, owner_user_id = null } = list.filters;
    const after = (list.after?.[0] as string | undefined) ?? null;
    const now = this.clock.now();
    const rows = await this.db.run(scope, (tx) => apiKeyRows.list(tx, { status, owner_user_id, now }, after, list.take));
    const page = list.page(rows, (row) => [row.api_key_id]);
    return { ...page, data: page.data.map((row) => this.out(row)) };
  }

  async get(scope: TenantScope, api_key_id: string): Promise<ApiKeyOut> {
    const row = await apiKeyRows.get(this.db, scope, api_key_id);
    if (!row) throw fail('not_found');
    return this.out(row);
  }

  async update(scope: TenantScope, authz: AuthzContext, api_key_id: string, patch: ApiKeyPatch): Promise<ApiKeyOut> {
    const ip_cidrs = patch.ip_cidrs && wantedNetworks(patch.ip_cidrs);
    return this.changes.run(scope, { user_id: patch.owner_user_id ?? authz.principal.user_id }, async (tx) => {
      const before = await this.live(tx, api_key_id);
      if (ip_cidrs || patch.owner_user_id) checkGrant(authz.held, before.scopes, keyScope(before));
      const owner_user_id = patch.owner_user_id ?? before.owner_user_id;
      if (owner_user_id !== before.owner_user_id) await this.mayOwn(tx, owner_user_id, before);
      await apiKeyRows.update(tx, api_key_id, {
        name: patch.name?.trim() ?? before.name,
        ip_cidrs: ip_cidrs ?? before.ip_cidrs,
        owner_user_id,
      });
      const row = await this.found(tx, api_key_id);
      const changes = changesOf(before, row);
      if (changes.length) await this.audit.record(tx, 'api_key.updated', { targets: [targetOf(row)], changes });
      return this.out(row);
    });
  }

  /** A new secret for the same key; the old one works for as long as was asked, so that nothing stands still. */
  async rotate(scope: TenantScope, authz: AuthzContext, api_key_id: string, input: ApiKeyRotateIn): Promise<ApiKeyMade> {
    const now = this.clock.now();
    const grace_until = new Date(now.getTime() + (input.grace_minutes ?? GRACE_MINUTES) * MINUTE_MS);
    return this.changes.run(scope, { user_id: authz.principal.user_id }, async (tx) => {
      const key = await this.live(tx, api_key_id);
      if (key.expires_at !== null && key.expires_at <= now) throw fail('api_key_revoked'); // a new secret would be over already
      // Whoever rotates gets the secret: it must not be a way to rights that one does not hold.
      checkGrant(authz.held, key.scopes, keyScope(key));
      const secret = this.newSecret();
      await apiKeyRows.expireSecrets(tx, api_key_id, grace_until);
      await apiKeyRows.putSecret(tx, sha256(secret), api_key_id, key.expires_at);
      await apiKeyRows.rotate(tx, api_key_id, shownPrefix(secret), now);
      const row = await this.found(tx, api_key_id);
      await this.audit.record(tx, 'api_key.rotated', {
        targets: [targetOf(row)],
        changes: [{ field: 'grace_until', to: grace_until.toISOString() }],
      });
      return this.made(row, secret);
    });
  }

  /** Holds on its next call. A key that is revoked already stays so. */
  async revoke(scope: TenantScope, api_key_id: string): Promise<void> {
    await this.db.run(scope, async (tx) => {
      const key = await this.locked(tx, api_key_id);
      if (!(await apiKeyRows.revoke(tx, api_key_id, this.clock.now()))) return;
      await apiKeyRows.dropSecrets(tx, api_key_id);
      await this.entitlements.give(tx, 'max_api_keys');
      await this.audit.record(tx, 'api_key.revoked', { targets: [targetOf(key)] });
    });
  }

  private newSecret(): string {
    return newApiKey(this.config.production ? 'live' : 'test');
  }

  /** The other side of the grant rule: whose rights the key narrows from now on has them. @throws Problem not_found, grant_exceeds_own */
  private async mayOwn(tx: Tx, user_id: string, key: ApiKeyRow): Promise<void> {
    const held = await this.members.heldBy(tx, user_id);
    if (!held) throw fail('not_found');
    checkGrant(held, key.scopes, keyScope(key));
  }

  private async locked(tx: Tx, api_key_id: string): Promise<ApiKeyRow> {
    const key = await apiKeyRows.lock(tx, api_key_id);
    if (!key) throw fail('not_found');
    return key;
  }

  private async live(tx: Tx, api_key_id: string): Promise<ApiKeyRow> {
    const key = await this.locked(tx, api_key_id);
    if (key.revoked_at) throw fail('api_key_revoked');
    return key;
  }

  private async found(tx: Tx, api_key_id: string): Promise<ApiKeyRow> {
    const row = await apiKeyRows.find(tx, api_key_id);
    if (!row) throw fail('not_found');
    return row;
  }

  private made(row: ApiKeyRow, secret: string): ApiKeyMade {
    return { success: true, api_key: { ...this.out(row), secret } };
  }

  private out(row: ApiKeyRow): ApiKeyOut {
    const isOver = row.expires_at !== null && row.expires_at.getTime() <= this.clock.now().getTime();
    return {
      api_key_id: row.api_key_id,
      name: row.name,
      prefix: row.prefix,
      scopes: [...row.scopes],
      store_scope: scopeOut(keyScope(row)),
      owner_user_id: row.owner_user_id,
      owner_name: row.owner_name,
      ip_cidrs: [...row.ip_cidrs],
      status: row.revoked_at ? 'revoked' : isOver ? 'expired' : 'active',
      created_at: row.created_at.toISOString(),
      expires_at: row.expires_at?.toISOString() ?? null,
      rotated_at: row.rotated_at?.toISOString() ?? null,
      revoked_at: row.revoked_at?.toISOString() ?? null,
      last_used_at: row.last_used_at?.toISOString() ?? null,
      last_ip: row.last_ip,
    };
  }
}

const keyScope = ({ all_stores, stores }: ApiKeyRow): StoreScope => storeScopeOf(all_stores, stores);
const targetOf = ({ api_key_id, name }: ApiKeyRow) => ({ type: 'api_key', id: api_key_id, label: name });

const changesOf = (before: ApiKeyRow, after: ApiKeyRow): AuditChange[] =>
  [
    { field: 'name', from: before.name, to: after.name },
    { field: 'networks', from: before.ip_cidrs, to: after.ip_cidrs },
    { field: 'owner_user_id', from: before.owner_user_id, to: after.owner_user_id },
  ].filter(({ from, to }) => JSON.stringify(from) !== JSON.stringify(to));
