import { Injectable } from '@nestjs/common';
import { fail } from '#contracts/errors.js';
import { idOf, type TenantId } from '#contracts/ids.js';
import type { RequestFacts } from '#platform/auth/index.js';
import { Clock, newId } from '#platform/crypto/index.js';
import { PlatformDb, type PlatformScope, type Tx } from '#platform/db/index.js';
import { MailService } from '#platform/mail/index.js';
import { Outbox } from '#platform/outbox/index.js';
import { AuditService } from '../audit/index.js';
import { impersonationRows, type ImpersonatedRow, type ImpersonationRow } from './impersonations.repository.js';
import { platformQueries } from './identity.queries.js';
import { sessionRows } from './sessions.repository.js';
import { staffScope, strangerScope } from './sign-in-scope.js';
import { SUPPORT_ACCESS } from './support.mails.js';
import { TenantTokens } from './token-realms.js';

/** The longest that staff stay in a tenant; for more they say their reason again. */
const TTL_S = 1_800;

export interface SupportAccessIn {
  readonly tenant_id: string;
  readonly user_id: string;
  readonly reason: string;
  readonly mode: ImpersonationRow['mode'];
}
export interface StartedSupport {
  readonly token: string;
  readonly expires_in: number;
  readonly impersonation: ImpersonationRow;
  readonly tenant: Pick<ImpersonatedRow, 'slug' | 'name'>;
}

/**
 * Platform staff inside a tenant, as one of its people: the only way there is. A session of that person which carries who it really is,
 * masked by the authorizer, without a refresh token, and told to the tenant's administrators.
 */
@Injectable()
export class SupportAccess {
  constructor(
    private readonly db: PlatformDb,
    private readonly tokens: TenantTokens,
    private readonly audit: AuditService,
    private readonly outbox: Outbox,
    private readonly mail: MailService,
    private readonly clock: Clock,
  ) {}

  /** @throws Problem not_found, permission_denied when the tenant does not let support write, or for a caller who is no person */
  async start(scope: PlatformScope, facts: RequestFacts, input: SupportAccessIn): Promise<StartedSupport> {
    const { actor } = scope;
    // The console's own fallback token is nobody: in a tenant somebody has to answer for what is done.
    if (actor.type !== 'platform_staff' || actor.auth_method !== 'password') throw fail('permission_denied');
    const now = this.clock.now();
    const expires_at = new Date(now.getTime() + TTL_S * 1000);
    const { tenant_id, user_id, reason, mode } = input;
    const impersonation_id = newId();
    const session_id = newId();
    return this.db.inTenant(scope, idOf<TenantId>(tenant_id), async (tx) => {
      const person = await impersonationRows.person(tx, tenant_id, user_id);
      if (!person) throw fail('not_found');
      if (mode === 'write' && !person.may_write) throw fail('permission_denied', { setting: 'tenants.allow_support_write' });
      const impersonation = { impersonation_id, platform_user_id: actor.id, tenant_id, user_id, reason, mode, expires_at, ended_at: null };
      await impersonationRows.insert(tx, impersonation);
      await sessionRows.insert(tx, {
        session_id, user_id, last_tenant_id: tenant_id, client: 'api', ip: facts.ip, user_agent: facts.user_agent || null, created_at: now, expires_at,
        mfa_at: now, impersonation_id,
      }); // prettier-ignore
      await this.note(tx, impersonation, 'impersonation.started');
      await this.tell(tx, person, impersonation, actor.label ?? actor.id);
      const act = { sub: actor.id, label: actor.label ?? actor.id, imp: impersonation_id, mode };
      const token = this.tokens.sign({ sub: user_id, sid: session_id, tid: tenant_id, act }, TTL_S);
      return { token, expires_in: TTL_S, impersonation, tenant: { slug: person.slug, name: person.name } };
    });
  }

  /** Holds on the next request. @throws Problem not_found */
  async end(scope: PlatformScope, impersonation_id: string): Promise<void> {
    await this.close(scope, await this.get(scope, impersonation_id), 'ops');
  }

  /** The staff member signs out of the tenant. */
  async logout(facts: RequestFacts, impersonation_id: string): Promise<void> {
    const row = await this.get(strangerScope(facts), impersonation_id);
    await this.close(staffScope(facts, row.platform_user_id), row, 'logout');
  }

  /** For the banner. */
  async get(scope: PlatformScope, impersonation_id: string): Promise<ImpersonationRow> {
    const row = await impersonationRows.find(platformQueries(this.db, scope), impersonation_id);
    if (!row) throw fail('not_found');
    return row;
  }

  private async close(scope: PlatformScope, row: ImpersonationRow, reason: 'logout' | 'ops'): Promise<void> {
    await this.db.inTenant(scope, idOf<TenantId>(row.tenant_id), async (tx) => {
      if (await impersonationRows.end(tx, row.impersonation_id, this.clock.now(), reason)) await this.note(tx, row, 'impersonation.ended');
    });
  }

  private async note(tx: Tx, row: ImpersonationRow, action: 'impersonation.started' | 'impersonation.ended'): Promise<void> {
    const { impersonation_id, user_id, mode, reason, expires_at } = row;
    await this.audit.recordStaffAct(tx, action, {
      targets: [{ type: 'impersonation', id: impersonation_id }, { type: 'user', id: user_id }],
      changes: [{ field: 'mode', to: mode }, { field: 'expires_at', to: expires_at.toISOString() }],
      reason,
    }); // prettier-ignore
    await this.outbox.emit(tx, {
      type: action,
      subject_id: impersonation_id,
      data: { impersonation_id, user_id, mode, expires_at: expires_at.toISOString() },
    });
  }

  private async tell(tx: Tx, person: ImpersonatedRow, row: ImpersonationRow, staff: string): Promise<void> {
    const minutes = TTL_S / 60;
    for (const administrator of await impersonationRows.administrators(tx, row.tenant_id))
      await this.mail.send(tx, {
        to: administrator.email,
        template: SUPPORT_ACCESS,
        params: { display_name: administrator.display_name, tenant: person.name, as: person.display_name, staff, reason: row.reason, read_only: row.mode === 'read_only', minutes },
        tenant_id: row.tenant_id,
        reason: 'impersonation.started',
      }); // prettier-ignore
  }
}
