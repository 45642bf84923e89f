import { Injectable } from '@nestjs/common';
import { Notifications } from '../stream/index.js';

export const OUTBOX_CHANNEL = 'tenantry_outbox';
const COALESCE_MS = 5;

/**
 * Tells the relays, here and in other processes, that an event was committed. A hint: the relay polls every 500 ms anyway.
 * The NOTIFY goes out on the connection of `Notifications`, outside any transaction: inside, it takes a lock of the whole cluster at commit.
 */
@Injectable()
export class OutboxWake {
  readonly #listeners = new Set<() => void>();
  #timer: NodeJS.Timeout | null = null;

  constructor(private readonly notifications: Notifications) {}

  /** After commit, never inside a transaction. */
  kick(): void {
    for (const listener of this.#listeners) listener();
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      void this.notifications.notify(OUTBOX_CHANNEL, '');
    }, COALESCE_MS);
  }

  /** Calls `listener` after each kick of this process and each NOTIFY of another. Returns how to stop. */
  onKick(listener: () => void): () => void {
    this.#listeners.add(listener);
    const stopListening = this.notifications.listen(OUTBOX_CHANNEL, () => listener());
    return () => {
      this.#listeners.delete(listener);
      stopListening();
    };
  }
}
