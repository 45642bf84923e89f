import type { Type } from '@nestjs/common';
import type { AuditAction } from '#contracts/audit-actions.js';
import type { EventType } from '#contracts/events.js';
import type { FeatureCode, LimitCode, ModuleCode, ToggleModule } from '#contracts/modules.js';
import type { NavKey } from '#contracts/nav.js';
import type { Permission } from '#contracts/permissions.js';
import type { Sql, Tx } from '../db/index.js';
import type { JobView } from '../jobs/index.js';
import type { QueueDefinition, ScheduleDefinition } from '../queue/index.js';

/** Finds a provider of the application: steps and jobs are plain objects, so they ask for their services when they run. */
export interface Services {
  get<T>(token: Type<T> | (abstract new (...args: never[]) => T)): T;
}

/** What a provisioning step sees: the job's input and the outputs of earlier steps, nothing else. */
export interface StepContext {
  readonly tenant_id: string;
  readonly provisioning_job_id: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly outputs: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly services: Services;
  readonly signal: AbortSignal;
}

/**
 * One step of the pipeline that makes a tenant.
 * `database`: effect and checkpoint commit in one transaction that also checks the fence, so `run` gets the transaction.
 * `external`: outside the database; names are deterministic and `probe` is asked first, so a repeat does nothing twice.
 * `pivot`: before it a final failure compensates in reverse order, after it there is only forward retry.
 */
export type ProvisioningStep = {
  readonly key: string;
  readonly after: readonly string[];
  readonly timeout_ms: number;
  readonly pivot?: true;
} & (
  | {
      readonly kind: 'database';
      run(tx: Tx, context: StepContext): Promise<Readonly<Record<string, unknown>> | 'skipped'>;
      compensate?(tx: Tx, context: StepContext): Promise<void>;
    }
  | {
      readonly kind: 'external';
      probe?(context: StepContext): Promise<boolean>;
      run(context: StepContext): Promise<Readonly<Record<string, unknown>> | 'skipped'>;
      compensate?(context: StepContext): Promise<void>;
    }
);

export interface NavEntry {
  readonly key: NavKey;
  readonly group: 'work' | 'organisation' | 'connect' | 'oversight' | 'settings';
  readonly order: number;
  readonly requires: Permission | null;
}

/** Why a store cannot be closed, in words of the module that says so (`open_shift`, `stock_on_hand`). Asked in the transaction that closes it; sees every store of the tenant. */
export interface StoreBlocker {
  /** `<module>.<what>` */
  readonly name: string;
  /** Empty: no objection. */
  reasons(tx: Tx, store_id: string, services: Services): Promise<readonly string[]>;
}

/** Everything the product must know of a module without importing it. */
export interface ModuleManifest {
  readonly code: ModuleCode;
  readonly name: string;
  readonly core: boolean;
  readonly depends_on: readonly ToggleModule[];
  readonly permissions: readonly Permission[];
  readonly features?: readonly FeatureCode[];
  readonly events?: readonly EventType[];
  readonly audit_actions?: readonly AuditAction[];
  /** JSON Schema of this module's part of `tenants.settings`; `additionalProperties` false, every property with a default. */
  readonly settings_schema?: Readonly<Record<string, unknown>>;
  /** A limit and how to count what is used of it, for the nightly recount. */
  readonly limits?: readonly { readonly code: LimitCode; readonly count: Sql }[];
  readonly provisioning_steps?: readonly ProvisioningStep[];
  readonly jobs?: readonly QueueDefinition[];
  readonly schedules?: readonly ScheduleDefinition[];
  readonly nav?: readonly NavEntry[];
  /** What a module hangs on the work of others. */
  readonly hooks?: { readonly store_blockers?: readonly StoreBlocker[]; readonly job_views?: readonly JobView[] };
}

/** Declares a module. The literal types stay, so a wrong permission or event does not compile. */
export const defineModule = <const M extends ModuleManifest>(manifest: M): M => manifest;
