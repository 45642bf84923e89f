import type { Queue } from 'bullmq';
import { jobId, type Payload } from './payload.js';

export interface Alarm {
  readonly kind: string;
  readonly row_id: string;
  /** Attempts made so far: part of the id, so the alarm of a later attempt is another alarm. */
  readonly attempts: number;
  readonly payload: Payload;
  readonly delay_ms: number;
}

/** Done jobs are removed: their result is in the row, and a kept id would swallow the next alarm. Failed ones stay for the console. */
const KEEP = { removeOnComplete: true, removeOnFail: { count: 1_000, age: 7 * 86_400 } } as const;

/** Sets an alarm. One with this id that is set already stays as it is. */
export async function setAlarm(queue: Queue, alarm: Alarm): Promise<void> {
  const id = jobId(alarm.row_id, alarm.attempts);
  await queue.add(alarm.kind, alarm.payload, { jobId: id, delay: Math.max(0, Math.ceil(alarm.delay_ms)), attempts: 1, ...KEEP });
}

/**
 * Sets an alarm for a row that is due now, whatever lies there under its id: a delayed alarm rings now (somebody pressed "retry"), a
 * failed one is replaced (its worker died twice), one that waits or runs stays.
 */
export async function ringNow(queue: Queue, alarm: Alarm): Promise<void> {
  const known = await queue.getJob(jobId(alarm.row_id, alarm.attempts));
  const state = await known?.getState();
  if (known && state === 'delayed') return known.promote();
  if (known && (state === 'failed' || state === 'completed')) await known.remove();
  else if (known && state !== 'unknown') return;
  await setAlarm(queue, { ...alarm, delay_ms: 0 });
}
