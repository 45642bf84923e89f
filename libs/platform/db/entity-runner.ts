import type { DataSource, EntityManager } from 'typeorm';
import type { RowReader } from './pg-internals.js';
import { statementOf, type Sql } from './sql.js';

/** The part of TypeORM's DataSource that a transaction needs. */
export type EntitySource = Pick<DataSource, 'createQueryRunner'>;

/** What a transaction lends to TypeORM. */
export interface EntityTx {
  send(sql: Sql, params: readonly unknown[]): Promise<RowReader>;
  begin(): Promise<string>;
  release(name: string): Promise<void>;
  rollbackTo(name: string): Promise<void>;
}

/**
 * TypeORM inside our transaction. Its runner gets a "connection" that sends through the transaction (so under its scope, counted and
 * refused when it is over), its begin, commit and rollback are savepoints of ours, and its release does nothing.
 */
export function managerOf(source: EntitySource, tx: EntityTx): EntityManager {
  const runner = source.createQueryRunner();
  const savepoints: string[] = [];
  const pop = (): string => {
    const name = savepoints.pop();
    if (name === undefined) throw new Error('the transaction belongs to TenantDb: it ends with its work');
    return name;
  };
  const connection = { query: (text: string, params: readonly unknown[] = []) => tx.send(statementOf(text, 'typeorm'), params) };
  Object.assign(runner, {
    isTransactionActive: true, // so that TypeORM opens none around a single insert
    connect: () => Promise.resolve(connection),
    startTransaction: async () => {
      savepoints.push(await tx.begin());
    },
    commitTransaction: () => tx.release(pop()),
    rollbackTransaction: () => tx.rollbackTo(pop()),
    release: () => Promise.resolve(),
  });
  return runner.manager;
}
