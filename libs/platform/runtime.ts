import type { Config } from './config/index.js';
import type { Clock, KeyRings } from './crypto/index.js';
import type { PlatformDb, TenantDb } from './db/index.js';
import type { DnsTxt } from './dns/index.js';
import type { Limiter } from './limits/index.js';
import type { Logger } from './logging/index.js';
import type { Metrics } from './metrics/index.js';
import type { Registry } from './modules/index.js';
import type { QueueSettings } from './queue/index.js';
import type { Storage } from './storage/index.js';

/** What was opened before Nest starts, in one place and one order, and is closed after it. */
export interface Runtime {
  readonly config: Config;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly rings: KeyRings;
  readonly tenantDb: TenantDb;
  readonly platformDb: PlatformDb;
  readonly limiter: Limiter;
  readonly storage: Storage;
  readonly dns: DnsTxt;
  readonly registry: Registry;
  readonly queue: QueueSettings;
  /** Straight to PostgreSQL, for LISTEN; null: hints stay in the process. */
  readonly listen_url: string | null;
  readonly build: string;
  /** Sign-ins that the login page offers; null without demo data. */
  readonly demo: (() => DemoAccounts) | null;
}
export interface DemoAccount {
  readonly label: string;
  readonly email: string;
  readonly password: string;
  readonly realm: 'tenant' | 'platform';
  readonly tenant_slug: string | null;
}
export type DemoAccounts = readonly DemoAccount[];

/** Token of the runtime itself, for the few that need more than one part of it. */
export abstract class RuntimeFacts {
  abstract readonly build: string;
  abstract readonly demo: (() => DemoAccounts) | null;
}
