/** Events: emitted in the caller's transaction, relayed to fan-outs and subscribers. */
export { EVENT_MAX_BYTES, EventTooLarge, THIN_ABOVE_BYTES } from './envelope.js';
export { EventDataInvalid, schemaFaults } from './event-schema.js';
export { Outbox, type NewEvent } from './outbox.js';
export {
  Subscribers,
  type FanOut,
  type InTransaction,
  type Queued,
  type RelayedEvent,
  type Subscriber,
  type TenantEvent,
} from './subscribers.js';
export { OutboxWake } from './wake.js';
export { Relay, RelayTerms } from './relay.js';
export { EventTasks, EventTaskTerms } from './event-tasks.js';
export type { ParkedTask } from './event-tasks.repository.js';
export type { OutboxState, ParkedPointer, Pointer } from './outbox.repository.js';
export { OUTBOX_PROVIDERS, OutboxModule, outboxSchedule } from './outbox.module.js';
