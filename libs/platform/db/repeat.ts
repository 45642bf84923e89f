import { setTimeout as wait } from 'node:timers/promises';
import { fail } from '#contracts/errors.js';
import { isStaleAuthz, sqlState } from './errors.js';
import { isLostStatement } from './exchange.js';
import type { TenantClient } from './tenant-client.js';
import type { TenantPool } from './tenant-pool.js';

const MAX_ATTEMPTS = 3;
/** Deadlock and serialization failure: the other one is through by now, so the same work may pass. */
const isConflict = (error: unknown): boolean => ['40001', '40P01'].includes(sqlState(error) ?? '');

/**
 * Runs `use` on a connection of the pool, again where that is safe because nothing of it has happened:
 * conflict with another transaction (≤ 3 attempts, jitter), statement lost by the server (on the same connection, which has forgotten
 * all its names; another one could have lost it too), rights that were stale (once, after `refresh`; then 409 `authz_changed`).
 */
export async function withConnection<T>(
  pool: TenantPool,
  use: (client: TenantClient) => Promise<T>,
  refresh?: () => Promise<void>,
): Promise<T> {
  let isRefreshed = false;
  for (let attempt = 1; ; attempt++) {
    try {
      return await onOneConnection(pool, use);
    } catch (error) {
      if (isStaleAuthz(error) && refresh) {
        if (isRefreshed) throw fail('authz_changed', {}, error);
        isRefreshed = true;
        await refresh();
      } else {
        if (!isConflict(error) || attempt >= MAX_ATTEMPTS) throw error;
        await wait(Math.random() * 20 * attempt);
      }
      pool.observer.repeated();
    }
  }
}

async function onOneConnection<T>(pool: TenantPool, use: (client: TenantClient) => Promise<T>): Promise<T> {
  const client = await pool.lease();
  try {
    try {
      return await use(client);
    } catch (error) {
      if (!isLostStatement(error) || !client.isClean) throw error;
      pool.observer.repeated();
      return await use(client);
    }
  } finally {
    client.release(); // the pool looks at its state
  }
}
