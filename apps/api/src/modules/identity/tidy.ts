import { Injectable } from '@nestjs/common';
import { Clock } from '#platform/crypto/index.js';
import { PlatformDb, type PlatformScope } from '#platform/db/index.js';
import { apiKeyRows } from './api-keys.repository.js';
import { platformQueries } from './identity.queries.js';
import { mfaRows } from './mfa.repository.js';
import { sessionRows } from './sessions.repository.js';
import { throttleRows } from './throttle.repository.js';
import { userRows } from './users.repository.js';

const DAY_MS = 86_400_000;
/** So long a dead link still says why it is dead, and an old session can be looked up. */
const KEPT_DAYS = 30;

@Injectable()
export class Tidy {
  constructor(
    private readonly db: PlatformDb,
    private readonly clock: Clock,
  ) {}

  async run(scope: PlatformScope): Promise<{ processed: number; failed: number; remaining: number }> {
    const queries = platformQueries(this.db, scope);
    const now = this.clock.now();
    const old = new Date(now.getTime() - KEPT_DAYS * DAY_MS);
    await userRows.dropTokens(queries, old);
    await mfaRows.dropChallenges(queries, now);
    await apiKeyRows.dropOver(queries, old);
    const counters = await throttleRows.drop(queries, now);
    const sessions = await sessionRows.drop(queries, old);
    // Each statement is bounded: a full batch means that there is more.
    return { processed: counters + sessions, failed: 0, remaining: counters === 5_000 || sessions === 1_000 ? 1 : 0 };
  }
}
