import { Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Clock } from '#platform/crypto/index.js';
import { PlatformDb } from '#platform/db/index.js';
import { Logger } from '#platform/logging/index.js';
import { platformQueries } from './identity.queries.js';
import { sessionRows, type Seen } from './sessions.repository.js';
import { activityScope } from './sign-in-scope.js';

const ONCE_A_MS = 60_000;
const FLUSH_MS = 5_000;
const CAPACITY = 10_000;

/**
 * When a session, and a member of a tenant, was last seen: at most once a minute, written by a timer and not by the request. A crash
 * forgets a few seconds of it.
 */
@Injectable()
export class SessionActivity implements OnModuleInit, BeforeApplicationShutdown {
  private readonly last = new Map<string, number>();
  private waiting = new Map<string, Seen>();
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly db: PlatformDb,
    private readonly clock: Clock,
    private readonly logger: Logger,
  ) {}

  onModuleInit(): void {
    this.timer = setInterval(() => void this.flush(), FLUSH_MS).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    await this.flush();
  }

  seen(sign: Omit<Seen, 'at'>): void {
    const key = `${sign.session_id} ${sign.tenant_id}`;
    const at = this.clock.now();
    const last = this.last.get(key);
    if (last !== undefined && at.getTime() - last < ONCE_A_MS) return;
    this.last.delete(key);
    this.last.set(key, at.getTime());
    if (this.last.size > CAPACITY) this.last.delete(this.last.keys().next().value as string);
    this.waiting.set(key, { ...sign, at });
  }

  async flush(): Promise<void> {
    if (this.waiting.size === 0) return;
    const seen = [...this.waiting.values()];
    this.waiting = new Map();
    try {
      const members = new Map(seen.map((sign) => [`${sign.tenant_id} ${sign.user_id}`, sign]));
      await sessionRows.touch(platformQueries(this.db, activityScope()), seen, [...members.values()]);
    } catch (error) {
      this.logger.warn({ err: error, lost: seen.length }, 'signs of life were not written');
    }
  }
}
