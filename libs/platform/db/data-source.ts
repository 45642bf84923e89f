import { DataSource, type DataSourceOptions } from 'typeorm';
import type { TenantPool } from './tenant-pool.js';

/**
 * TypeORM over the application's own pool: it brings the entities' metadata and the SQL of `insert`, `update` and `delete`, and no
 * connection of its own. Used outside `TenantDb.run` (a repository, `dataSource.transaction`) it gets a connection that refuses.
 * Migrations have a data source of their own, with the owner's role.
 */
export async function createDataSource(pool: TenantPool, entities: NonNullable<DataSourceOptions['entities']>): Promise<DataSource> {
  // TypeORM constructs a pool from its driver; a constructor that returns an object yields that object.
  const Pool = function () {
    return pool;
  };
  const source = new DataSource({
    type: 'postgres',
    driver: { Pool },
    entities,
    synchronize: false,
    logging: false,
    installExtensions: false,
  });
  return pool.duringStart(() => source.initialize());
}
