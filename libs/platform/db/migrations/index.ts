export type { AppendOnly } from './append-only.js';
export { definerFunction, dropFunctions, type DefinerFunction } from './functions.js';
export type { Migration, MigrationClass, Phase } from './migration.js';
export { securityStatements } from './policies.js';
export { changed, withRows, type Expectation } from './rows.js';
export {
  MigrationRunner,
  type DownOptions,
  type FinishStep,
  type MigrationRunnerOptions,
  type MigrationStatus,
  type PlannedMigration,
  type UpOptions,
} from './runner.js';
export {
  dropPartitionedTables,
  dropTables,
  globalTable,
  platformTable,
  tenantTable,
  type GlobalTable,
  type Index,
  type Key,
  type Partitioning,
  type PlatformTable,
  type Reference,
  type TenantTable,
} from './tables.js';
