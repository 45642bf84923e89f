import { Injectable, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Clock } from '#platform/crypto/index.js';
import { PlatformDb } from '#platform/db/index.js';
import { Logger } from '#platform/logging/index.js';
import { apiKeyRows, type UsedKey } from './api-keys.repository.js';
import { platformQueries } from './identity.queries.js';
import { sessionRows, type Seen } from './sessions.repository.js';
import { activityScope } from './sign-in-scope.js';

const ONCE_A_MS = 60_000;
const FLUSH_MS = 5_000;
const CAPACITY = 10_000;

/**
 * When a session, a member of a tenant and an API key were last seen: at most once a minute, written by a timer and not by the request. A crash
 * forgets a few seconds of it.
 */
@Injectable()
export class SessionActivity implements OnModuleInit, BeforeApplicationShutdown {
  private readonly last = new Map<string, number>();
  private waiting = new Map<string, Seen>();
  private usedKeys = new Map<string, UsedKey>();
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
    const name = `${sign.session_id} ${sign.tenant_id}`;
    const at = this.clock.now();
    if (this.isDue(name, at)) this.waiting.set(name, { ...sign, at });
  }

  /** An API key that was let in. */
  keyUsed(use: Omit<UsedKey, 'at'>): void {
    const name = `${use.api_key_id} ${use.tenant_id}`;
    const at = this.clock.now();
    if (this.isDue(name, at)) this.usedKeys.set(name, { ...use, at });
  }

  /** Not within a minute of the last time. */
  private isDue(name: string, at: Date): boolean {
    const last = this.last.get(name);
    if (last !== undefined && at.getTime() - last < ONCE_A_MS) return false;
    this.last.delete(name);
    this.last.set(name, at.getTime());
    if (this.last.size > CAPACITY) this.last.delete(this.last.keys().next().value as string);
    return true;
  }

  async flush(): Promise<void> {
    if (this.waiting.size === 0 && this.usedKeys.size === 0) return;
    const seen = [...this.waiting.values()];
    const keys = [...this.usedKeys.values()];
    this.waiting = new Map();
    this.usedKeys = new Map();
    const queries = platformQueries(this.db, activityScope());
    try {
      const members = new Map(seen.map((sign) => [`${sign.tenant_id} ${sign.user_id}`, sign]));
      if (seen.length) await sessionRows.touch(queries, seen, [...members.values()]);
      if (keys.length) await apiKeyRows.touch(queries, keys);
    } catch (error) {
      this.logger.warn({ err: error, lost: seen.length + keys.length }, 'signs of life were not written');
    }
  }
}
