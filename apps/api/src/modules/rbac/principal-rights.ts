import { Injectable } from '@nestjs/common';
import { Clock } from '#platform/crypto/index.js';
import type { TenantScope } from '#platform/db/index.js';
import { delegatedRights } from './delegated-rights.js';
import type { ComputedGrants, TokenMask } from './grants.js';
import type { JudgedRights } from './judged-rights.js';
import { KeyRightsRepository, type KeyRightsRow } from './key-rights.repository.js';
import { RightsJudge } from './rights-judge.js';
import { RightsRepository, type RightsRow } from './rights.repository.js';

/** Somebody of the tenant with what their rights come to now, whether or not they may come in. */
export interface MemberRights {
  readonly row: RightsRow;
  readonly rights: JudgedRights;
}
export interface KeyRights {
  readonly row: KeyRightsRow;
  /** Of the owner. */
  readonly rights: JudgedRights;
  /** What is left of them for the key. */
  readonly own: ComputedGrants;
  /** Neither revoked nor expired, and the owner may come in. */
  readonly active: boolean;
}

/** Rights of somebody who is not asking: for explain, and for the job that a person or a key has asked for. By the guard's own statements. */
@Injectable()
export class PrincipalRights {
  constructor(
    private readonly people: RightsRepository,
    private readonly keys: KeyRightsRepository,
    private readonly judge: RightsJudge,
    private readonly clock: Clock,
  ) {}

  /** null: never a member. */
  async ofMember(scope: TenantScope, user_id: string): Promise<MemberRights | null> {
    const whole = scope.wholeTenant('the rights of a member hold in stores that the caller may not see');
    const row = await this.people.read(whole, { user_id, session_id: null, known: null });
    return row?.member_status ? { row, rights: this.judge.judge(row) } : null;
  }

  /** null: no such key. */
  async ofKey(scope: TenantScope, api_key_id: string): Promise<KeyRights | null> {
    const row = await this.keys.readById(scope, api_key_id);
    if (!row) return null;
    const rights = this.judge.judge(row);
    const isOver = row.expires_at !== null && row.expires_at <= this.clock.now();
    const ownerMay = row.member_status === 'active' && row.user_active !== false;
    return { row, rights, own: delegatedRights(rights, keyMask(row), 'token_scope'), active: row.key_active && !isOver && ownerMay };
  }
}

/** What a key narrows its owner to. */
export const keyMask = ({ scopes, all_stores, stores }: Pick<KeyRightsRow, 'scopes' | 'all_stores' | 'stores'>): TokenMask => ({
  scopes: new Set(scopes),
  stores: all_stores ? 'all' : new Set(stores),
});
