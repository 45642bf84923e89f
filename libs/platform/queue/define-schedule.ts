import type { PlatformScope } from '../db/index.js';
import type { Services } from '../modules/index.js';

/** What one run did. `remaining`: left for the next run, because a run is bounded; above 0 the next one follows at once. */
export interface ScheduleResult {
  readonly processed: number;
  readonly failed: number;
  readonly remaining: number;
}

export interface ScheduleRun {
  readonly scope: PlatformScope;
  /** Aborted when the process stops and when `lease_ms` is over. */
  readonly signal: AbortSignal;
}

/** Work at times: once over all processes, missed runs caught up once. Times are UTC. */
export interface ScheduleDefinition {
  /** `<module>.<verb>`; also the last part of `POST /cron/<name>`. */
  readonly name: string;
  /** Five fields, UTC. */
  readonly cron?: string;
  readonly every_ms?: number;
  /** After this a run that did not end counts as dead and another may start. Default 120 s. */
  readonly lease_ms: number;
  run(context: ScheduleRun, services: Services): Promise<ScheduleResult | void>;
}

const NAME = /^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$/;

/**
 * ```ts
 * defineSchedule({ name: 'invitations.expire', cron: '0 2 * * *', run: ({ scope }, services) => services.get(InvitationsService).expire(scope) });
 * defineSchedule({ name: 'provisioning.tick', every_ms: 30_000, run: … });
 * ```
 */
export function defineSchedule(
  terms: Omit<ScheduleDefinition, 'lease_ms' | 'cron' | 'every_ms'> & { lease_ms?: number } & (
      { cron: string; every_ms?: never } | { every_ms: number; cron?: never }
    ),
): ScheduleDefinition {
  if (!NAME.test(terms.name)) throw new Error(`schedule ${terms.name}: the name is <module>.<verb>`);
  if (terms.every_ms !== undefined && !(terms.every_ms >= 1_000)) throw new Error(`schedule ${terms.name}: every_ms is at least 1000`);
  return Object.freeze({ ...terms, lease_ms: terms.lease_ms ?? 120_000 });
}
