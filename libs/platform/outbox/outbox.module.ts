import { Global, Module } from '@nestjs/common';
import { defineSchedule, type ScheduleDefinition } from '../queue/index.js';
import { EventTasks, EventTaskTerms } from './event-tasks.js';
import { EventTasksRepository } from './event-tasks.repository.js';
import { Outbox } from './outbox.js';
import { OutboxRepository } from './outbox.repository.js';
import { Relay, RelayTerms } from './relay.js';
import { Subscribers } from './subscribers.js';
import { OutboxWake } from './wake.js';

/** It needs PlatformDb, Clock, Config, WorkObserver, Notifications and JobScopes from global modules. Nothing runs before `start()`. */
export const OUTBOX_PROVIDERS = [
  Outbox,
  OutboxRepository,
  OutboxWake,
  Subscribers,
  Relay,
  RelayTerms,
  EventTasks,
  EventTasksRepository,
  EventTaskTerms,
];

@Global()
@Module({ providers: OUTBOX_PROVIDERS, exports: [Outbox, OutboxWake, Subscribers, Relay, EventTasks] })
export class OutboxModule {}

/** The relay needs no reaper (it polls); this keeps its gauges true while nothing is emitted. */
export const outboxSchedule: ScheduleDefinition = defineSchedule({
  name: 'outbox.reap',
  every_ms: 15_000,
  run: async (_context, services) => {
    await services.get(Relay).state();
    services.get(EventTasks).kick();
  },
});
