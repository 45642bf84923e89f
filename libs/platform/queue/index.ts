/** Jobs and schedules. BullMQ carries alarms; the row in PostgreSQL is the truth. */
export { WorkObserver, type Labels, type LogFields, type WorkCounter, type WorkGauge, type WorkTimer } from './observer.js';
export { checkPayload, jobId, PayloadRefused, type Payload } from './payload.js';
export { isFinal, JobError, keptError, LeaseLost, type KeptError } from './job-error.js';
export {
  defineQueue,
  LANES,
  retryDelay,
  type ClaimedRow,
  type JobEnvelope,
  type JobStatements,
  type Lane,
  type PlatformJob,
  type QueueDefinition,
  type TenantJob,
} from './define-queue.js';
export { defineSchedule, type ScheduleDefinition, type ScheduleResult, type ScheduleRun } from './define-schedule.js';
export { Queues, type QueueCounts } from './queues.js';
export { queueSettings, QueueSettings } from './connection.js';
export { JobAuthority, JobScopes, platformScope, platformStorageScope } from './scopes.js';
export { JobRunner } from './job-runner.js';
export type { JobOutcome } from './job-run.js';
export { Reaper, reaperSchedule } from './reaper.js';
export { Schedules, type ScheduleOutcome } from './schedules.js';
export type { ScheduleRow } from './schedules.repository.js';
export { QueueWorkers } from './workers.js';
export { Pump, type PumpTerms } from './pump.js';
export { QueueModule } from './queue.module.js';
