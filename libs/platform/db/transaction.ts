import { OpenTx, type TxContext } from './open-tx.js';
import { withConnection } from './repeat.js';
import type { PlatformScope, TenantScope } from './scope.js';
import type { TenantClient } from './tenant-client.js';
import type { TransactionOptions } from './transaction-options.js';
import type { Tx } from './tx.js';

/** `work` in one transaction, repeated where repeat.ts says so; then its hooks, when the connection is free again. */
export async function transaction<S extends TenantScope | PlatformScope, T>(
  context: TxContext<S>,
  work: (tx: Tx<S>) => Promise<T>,
  options?: TransactionOptions,
  refresh?: () => Promise<void>,
): Promise<T> {
  const { result, tx } = await withConnection(context.pool, (client) => attempt(client, context, work, options), refresh);
  tx.runHooks();
  return result;
}

async function attempt<S extends TenantScope | PlatformScope, T>(
  client: TenantClient,
  context: TxContext<S>,
  work: (tx: Tx<S>) => Promise<T>,
  options?: TransactionOptions,
): Promise<{ result: T; tx: OpenTx<S> }> {
  client.begin(options);
  const tx = new OpenTx(client, context);
  try {
    const { around } = context.scope;
    const result = await (around ? around(tx, () => work(tx)) : work(tx));
    const leftBehind = tx.close();
    if (leftBehind !== null) context.pool.onLeftBehind(leftBehind);
    await client.commit();
    return { result, tx };
  } catch (error) {
    tx.close();
    // If the rollback fails the connection is unclean and the pool closes it: the first error is the one to tell.
    if (client.inTransaction)
      await client.rollback().catch((failure: unknown) => context.pool.logger.warn({ error: failure }, 'rollback failed'));
    throw error;
  }
}
