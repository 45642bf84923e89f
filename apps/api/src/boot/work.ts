import type { INestApplicationContext } from '@nestjs/common';
import { Logger } from '#platform/logging/index.js';
import { mailPurge, MailSender, mailSend } from '#platform/mail/index.js';
import { Installation } from '#platform/installation/index.js';
import { limitsPurge } from '#platform/limits/index.js';
import { EventTasks, outboxSchedule, Relay } from '#platform/outbox/index.js';
import { Queues, QueueWorkers, reaperSchedule, Schedules } from '#platform/queue/index.js';
import type { Runtime } from '#platform/runtime.js';
import { Notifications } from '#platform/stream/index.js';
import { WebhookDispatcher } from '../modules/webhooks/index.js';
import { OutgoingWatch } from './outgoing-watch.js';

/** Registers what the process knows of jobs and schedules; every process, since each may arm an alarm. */
export function registerWork(app: INestApplicationContext, runtime: Runtime): void {
  const { manifests } = runtime.registry;
  app.get(Queues).register([mailSend, ...manifests.flatMap((m) => m.jobs ?? [])]);
  app.get(Schedules).register([reaperSchedule, outboxSchedule, mailPurge, limitsPurge, ...manifests.flatMap((m) => m.schedules ?? [])]);
  runtime.metrics.watchQueues(() => app.get(Queues).counts());
}

const LOOK_MS = 60_000;

/**
 * Starts what only a worker does, once the database is the one that was activated: a restored one sends nothing. Looks again each minute.
 * @returns how to stop it
 */
export async function startWork(app: INestApplicationContext, look_ms = LOOK_MS): Promise<(grace_ms: number) => Promise<void>> {
  const logger = app.get(Logger);
  const watch = new OutgoingWatch({
    restoredSince: () => app.get(Installation).restoredSince(),
    start: () => startOutgoing(app),
    every_ms: look_ms,
    closed: (since) => logger.error({ since }, 'this database was restored: nothing goes out until `tenantry restore activate`'),
    failed: (error) => logger.warn({ err: error }, 'whether this database was restored cannot be seen'),
  });
  await watch.start();
  return (grace_ms) => watch.stop(grace_ms);
}

/** Relay, event tasks, dispatcher, queues, schedules. */
async function startOutgoing(app: INestApplicationContext): Promise<(grace_ms: number) => Promise<void>> {
  await app.get(MailSender).prepare();
  app.get(Relay).start();
  app.get(EventTasks).start();
  app.get(WebhookDispatcher, { strict: false }).start();
  await app.get(QueueWorkers).start();
  await app.get(Schedules).start();
  return async (grace_ms) => {
    // Together: one after the other, what is stopped last would go on taking work, and have no time left to end it.
    await Promise.all([
      app.get(Schedules).stop(),
      app.get(QueueWorkers).stop(grace_ms),
      app.get(EventTasks).stop(grace_ms),
      app.get(Relay).stop(),
      app.get(WebhookDispatcher, { strict: false }).stop(grace_ms),
    ]);
    await app.get(MailSender).close();
  };
}

/** The LISTEN connection: hints for relay and streams, in every process. */
export async function startHints(app: INestApplicationContext): Promise<() => Promise<void>> {
  const notifications = app.get(Notifications);
  await notifications.start();
  return () => notifications.stop();
}
