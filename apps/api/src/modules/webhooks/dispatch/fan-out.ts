import { Injectable, type OnModuleInit } from '@nestjs/common';
import { EVENT_CATALOGUE } from '#contracts/event-catalogue.js';
import type { PlatformScope, Tx } from '#platform/db/index.js';
import { Subscribers, type RelayedEvent } from '#platform/outbox/index.js';
import { wildcardOf } from '../endpoints/event-patterns.js';
import { fanOutRows, type PublicEventRow } from './fan-out.repository.js';
import { WebhookWake } from './webhook-wake.js';

/** Makes a delivery of every public event for every endpoint that asked for it, in the transaction in which the relay takes the event. */
@Injectable()
export class WebhookFanOut implements OnModuleInit {
  constructor(
    private readonly subscribers: Subscribers,
    private readonly wake: WebhookWake,
  ) {}

  onModuleInit(): void {
    this.subscribers.fanOut({ name: 'webhooks.deliver', run: (tx, events) => this.run(tx, events) });
  }

  async run(tx: Tx<PlatformScope>, events: readonly RelayedEvent[]): Promise<void> {
    const open = events.flatMap(publicEvent);
    if (open.length === 0) return;
    if ((await fanOutRows.deliver(tx, open)) === 0) return;
    tx.afterCommit(() => this.wake.kick());
  }
}

function publicEvent({ tenant_id, event_id, type, subject_id, target_webhook_id }: RelayedEvent): PublicEventRow[] {
  const entry = EVENT_CATALOGUE.get(type);
  if (!entry) return [];
  const except_webhook_id = type.startsWith('webhook.') ? subject_id : null;
  return [
    { tenant_id, event_id, event_type: type, wildcard: wildcardOf(type), requires: entry.requires, except_webhook_id, target_webhook_id },
  ];
}
