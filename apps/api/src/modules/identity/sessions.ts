import { Injectable } from '@nestjs/common';
import { fail } from '#contracts/errors.js';
import type { Caller } from '#platform/auth/index.js';
import { Config } from '#platform/config/index.js';
import { Clock, newId, openWith, randomToken, sealWith, sha256 } from '#platform/crypto/index.js';
import type { Tx } from '#platform/db/index.js';
import { refreshExpiry, refreshState, type RefreshState } from './refresh-state.js';
import { sessionRows, type RefreshRow, type RevokedReason } from './sessions.repository.js';

export interface RefreshToken {
  readonly token: string;
  readonly expires_at: Date;
}
export interface StartedSession {
  readonly session_id: string;
  readonly refresh: RefreshToken;
}
export interface Presented {
  readonly state: RefreshState;
  readonly row: RefreshRow | null;
}

type Queries = Pick<Tx, 'query'>;
/** A chain of rotations within 30 s is two or three long; more is not two tabs of one browser. */
const MAX_CHAIN = 20;

/**
 * Sessions and their refresh tokens. A raw token is in the client's hands only: here stands its SHA-256, and its successor sealed under
 * itself, so that whoever presents it again in time receives the same successor.
 */
@Injectable()
export class Sessions {
  constructor(
    private readonly clock: Clock,
    private readonly config: Config,
  ) {}

  /** @param start `session_id` where the scope names it already; `tenant_id` null: no tenant was chosen */
  async start(
    tx: Tx,
    start: {
      readonly session_id?: string;
      readonly user_id: string;
      readonly tenant_id: string | null;
      readonly caller: Pick<Caller, 'kind' | 'facts'>;
      /** It has shown a second factor. */
      readonly mfa_passed?: boolean;
    },
  ): Promise<StartedSession> {
    const { user_id, tenant_id, caller } = start;
    const created_at = this.clock.now();
    const session_id = start.session_id ?? newId();
    const refresh = { token: randomToken(), expires_at: refreshExpiry(created_at, created_at, this.config.refresh_ttl_days) };
    await sessionRows.insert(tx, {
      session_id, user_id, last_tenant_id: tenant_id, client: caller.kind, ip: caller.facts.ip, user_agent: caller.facts.user_agent || null, created_at,
      expires_at: refresh.expires_at, mfa_at: start.mfa_passed ? created_at : null, impersonation_id: null,
    }); // prettier-ignore
    await sessionRows.insertRefresh(tx, {
      token_hash: sha256(refresh.token),
      session_id,
      parent_hash: null,
      expires_at: refresh.expires_at,
    });
    return { session_id, refresh };
  }

  /** Has this session shown a second factor? */
  async hasPassedFactor(tx: Queries, session_id: string): Promise<boolean> {
    return ((await sessionRows.find(tx, session_id))?.mfa_at ?? null) !== null;
  }

  async present(tx: Queries, token: string): Promise<Presented> {
    const row = await sessionRows.findRefresh(tx, sha256(token));
    return { row, state: refreshState(row, this.clock.now()) };
  }

  /** The successor of a fresh token; null when a parallel call was faster. */
  async rotate(tx: Queries, token: string, row: RefreshRow, tenant_id: string | null): Promise<RefreshToken | null> {
    const now = this.clock.now();
    const next = { token: randomToken(), expires_at: refreshExpiry(now, row.session_created_at, this.config.refresh_ttl_days) };
    const token_hash = sha256(token);
    if (!(await sessionRows.useRefresh(tx, token_hash, now, sealWith(token, next.token)))) return null;
    await sessionRows.insertRefresh(tx, {
      token_hash: sha256(next.token),
      session_id: row.session_id,
      parent_hash: token_hash,
      expires_at: next.expires_at,
    });
    await sessionRows.slide(tx, row.session_id, { expires_at: next.expires_at, at: now, tenant_id });
    return next;
  }

  /**
   * What a token that was rotated a moment ago has become. Followed to the end of the chain: giving a straggler a successor that is used
   * itself would make its next refresh look like a theft.
   */
  async successor(tx: Queries, token: string, row: RefreshRow): Promise<RefreshToken> {
    let current = { token, row };
    for (let step = 0; step < MAX_CHAIN; step++) {
      const { successor_sealed, used_at, expires_at } = current.row;
      if (!used_at) return { token: current.token, expires_at };
      if (!successor_sealed) break;
      const next = openWith(current.token, successor_sealed.toString()).toString();
      const found = await sessionRows.findRefresh(tx, sha256(next));
      if (!found) break;
      current = { token: next, row: found };
    }
    throw fail('refresh_invalid');
  }

  /** All refresh tokens of a session give way to a new one. */
  async renew(tx: Queries, session_id: string, signed_in_at: Date): Promise<RefreshToken> {
    const now = this.clock.now();
    const refresh = { token: randomToken(), expires_at: refreshExpiry(now, signed_in_at, this.config.refresh_ttl_days) };
    await sessionRows.dropRefresh(tx, session_id);
    await sessionRows.insertRefresh(tx, {
      token_hash: sha256(refresh.token),
      session_id,
      parent_hash: null,
      expires_at: refresh.expires_at,
    });
    await sessionRows.slide(tx, session_id, { expires_at: refresh.expires_at, at: now, tenant_id: null });
    return refresh;
  }

  /** Ends those of one person, of the members of one tenant, or (neither named) all there are. Returns how many. */
  revokeMany(
    tx: Queries,
    whose: { readonly user_id?: string | undefined; readonly tenant_id?: string | undefined },
    reason: RevokedReason,
  ): Promise<number> {
    const { user_id = null, tenant_id = null } = whose;
    return sessionRows.revokeMany(tx, { user_id, tenant_id }, this.clock.now(), reason);
  }

  /** The second factor that they had shown is gone. */
  async forgetFactor(tx: Queries, user_id: string): Promise<void> {
    await sessionRows.forgetFactor(tx, user_id);
  }

  /** Ends every session of a person but one. Returns how many. */
  revokeOthers(tx: Queries, user_id: string, except: string | null, reason: RevokedReason): Promise<number> {
    return sessionRows.revokeAll(tx, user_id, except, this.clock.now(), reason);
  }
}
