import { Injectable } from '@nestjs/common';
import { fail, invalid, type FieldError } from '#contracts/errors.js';
import { PlatformDb, type TenantScope } from '#platform/db/index.js';
import { Clock } from '#platform/crypto/index.js';
import { AuditService, type AuditChange } from '../audit/index.js';
import { belongingRows } from './belonging.repository.js';
import type { ProfilePatch, SessionOut, UserOut } from './identity.dto.js';
import { platformQueries } from './identity.queries.js';
import { canonicalLocale, isTimeZone } from './profile.js';
import { sessionRows, type SessionRow } from './sessions.repository.js';
import { accountScope } from './sign-in-scope.js';
import { Sessions } from './sessions.js';
import { userRows, type UserRow } from './users.repository.js';

const PREFERENCES_MAX_BYTES = 16_384;

/** What people do with their own account. It belongs to no tenant, so it is written on the platform pool; audited where they did it. */
@Injectable()
export class Account {
  constructor(
    private readonly db: PlatformDb,
    private readonly sessions: Sessions,
    private readonly audit: AuditService,
    private readonly clock: Clock,
  ) {}

  async update(scope: TenantScope, patch: ProfilePatch): Promise<UserOut> {
    const wanted = wantedProfile(patch);
    return this.db.inTenant(accountScope(scope), scope.tenant_id, async (tx) => {
      const before = await userRows.find(tx, scope.actor.id);
      if (!before) throw fail('session_revoked');
      const changes = changesOf(before, wanted);
      if (changes.length === 0) return userOut(before);
      await userRows.updateProfile(tx, before.user_id, wanted);
      if (wanted.display_name !== undefined) await belongingRows.rename(tx, before.user_id, wanted.display_name);
      await this.audit.record(tx, 'auth.profile_updated', {
        targets: [{ type: 'user', id: before.user_id, label: before.email }],
        changes,
      });
      return userOut({ ...before, ...wanted });
    });
  }

  preferences(scope: TenantScope): Promise<Readonly<Record<string, unknown>>> {
    return userRows.preferences(platformQueries(this.db, accountScope(scope)), scope.actor.id);
  }

  /** Replaces them. What they mean is the client's business. @throws Problem body_too_large */
  async setPreferences(scope: TenantScope, preferences: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> {
    if (Buffer.byteLength(JSON.stringify(preferences)) > PREFERENCES_MAX_BYTES)
      throw fail('body_too_large', { max_bytes: PREFERENCES_MAX_BYTES });
    await this.db.inTenant(accountScope(scope), scope.tenant_id, async (tx) => {
      await userRows.setPreferences(tx, scope.actor.id, preferences);
      await this.audit.record(tx, 'auth.preferences_updated', { targets: [{ type: 'user', id: scope.actor.id }] });
    });
    return preferences;
  }

  async listSessions(scope: TenantScope): Promise<{ data: SessionOut[]; next_cursor: null }> {
    const rows = await sessionRows.list(platformQueries(this.db, accountScope(scope)), scope.actor.id, this.clock.now());
    return { data: rows.map((row) => sessionOut(row, scope.actor.session_id)), next_cursor: null };
  }

  /** Another person's session is as absent as one that is over. @throws Problem not_found */
  async endSession(scope: TenantScope, session_id: string): Promise<void> {
    await this.db.inTenant(accountScope(scope), scope.tenant_id, async (tx) => {
      if (!(await sessionRows.revoke(tx, session_id, scope.actor.id, this.clock.now(), 'user'))) throw fail('not_found');
      await this.audit.record(tx, 'auth.session_revoked', { targets: [{ type: 'session', id: session_id }] });
    });
  }

  /** All but the one that asks. */
  async endOtherSessions(scope: TenantScope): Promise<{ revoked: number }> {
    const { id: user_id, session_id = null } = scope.actor;
    return this.db.inTenant(accountScope(scope), scope.tenant_id, async (tx) => {
      const revoked = await this.sessions.revokeOthers(tx, user_id, session_id, 'user');
      const target = { type: 'session', id: session_id ?? user_id, label: 'all others' };
      if (revoked > 0) await this.audit.record(tx, 'auth.session_revoked', { targets: [target], reason: `all others: ${revoked}` });
      return { revoked };
    });
  }
}

function wantedProfile({ display_name, locale, time_zone }: ProfilePatch): { display_name?: string; locale?: string; time_zone?: string } {
  const errors: FieldError[] = [];
  const name = display_name?.trim();
  if (name === '') errors.push({ field: '/display_name', code: 'is_length', message: 'A name has at least one visible character.' });
  const tag = locale === undefined ? undefined : canonicalLocale(locale);
  if (tag === null) errors.push({ field: '/locale', code: 'not_valid', message: 'Give a language tag such as en or de-AT.' });
  if (time_zone !== undefined && !isTimeZone(time_zone))
    errors.push({ field: '/time_zone', code: 'not_valid', message: 'Give a time zone such as Europe/Vienna.' });
  if (errors.length) throw invalid(errors);
  return {
    ...(name === undefined ? {} : { display_name: name }),
    ...(tag ? { locale: tag } : {}),
    ...(time_zone === undefined ? {} : { time_zone }),
  };
}

const changesOf = (before: UserRow, wanted: { display_name?: string; locale?: string; time_zone?: string }): AuditChange[] =>
  (['display_name', 'locale', 'time_zone'] as const).flatMap((field) => {
    const to = wanted[field];
    return to === undefined || to === before[field] ? [] : [{ field, from: before[field], to }];
  });

export const userOut = (
  user: Pick<UserRow, 'user_id' | 'email' | 'display_name' | 'locale' | 'time_zone' | 'email_verified_at' | 'mfa_enabled'>,
): UserOut => ({
  user_id: user.user_id,
  email: user.email,
  display_name: user.display_name,
  locale: user.locale,
  time_zone: user.time_zone,
  email_verified_at: user.email_verified_at?.toISOString() ?? null,
  mfa_enabled: user.mfa_enabled,
});

const sessionOut = (row: SessionRow, current: string | undefined): SessionOut => ({
  session_id: row.session_id,
  client: row.client,
  ip: row.ip,
  user_agent: row.user_agent,
  created_at: row.created_at.toISOString(),
  last_seen_at: row.last_seen_at.toISOString(),
  expires_at: row.expires_at.toISOString(),
  current: row.session_id === current,
  support: row.impersonation_id !== null,
});
