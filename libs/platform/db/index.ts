/** PostgreSQL with a scope on every statement. The makers of scopes (scope-factory.ts) are not exported: see there. */
export {
  constraintName,
  databaseError,
  isConnectionLost,
  isPolicyViolation,
  isStaleAuthz,
  Refused,
  sqlState,
  StaleAuthz,
} from './errors.js';
export { sql, type Sql, type StatementLabel } from './sql.js';
export type { Param } from './params.js';
export {
  isPlatformScope,
  isTenantScope,
  type Actor,
  type ConfirmedScope,
  type PlatformScope,
  type Statement,
  type Stores,
  type TenantScope,
} from './scope.js';
export type { Permission } from '#contracts/permissions.js';
export type { Isolation, TransactionOptions } from './transaction-options.js';
export type { Tx } from './tx.js';
export { TenantDb } from './tenant-db.js';
export { PlatformDb, type TxInTenant } from './platform-db.js';
export { TenantPool, type TenantPoolOptions } from './tenant-pool.js';
export { createDataSource } from './data-source.js';
export { NO_OBSERVER, type DbLogger, type DbObserver, type PoolGauges } from './observer.js';
