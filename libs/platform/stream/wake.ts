import type { Channel, Notifications } from './notifications.js';

const COALESCE_MS = 5;

/**
 * Tells whoever works on committed rows, here and in other processes, that there are some. A hint: they poll anyway.
 * The NOTIFY goes out on the connection of `Notifications`, outside any transaction: inside, it takes a lock of the whole cluster at commit.
 */
export class Wake {
  readonly #listeners = new Set<() => void>();
  #timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly notifications: Notifications,
    private readonly channel: Channel,
  ) {}

  /** After commit, never inside a transaction. */
  kick(): void {
    for (const listener of this.#listeners) listener();
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      void this.notifications.notify(this.channel, '');
    }, COALESCE_MS);
  }

  /** Calls `listener` after each kick of this process and each NOTIFY of another. Returns how to stop. */
  onKick(listener: () => void): () => void {
    this.#listeners.add(listener);
    const stopListening = this.notifications.listen(this.channel, () => listener());
    return () => {
      this.#listeners.delete(listener);
      stopListening();
    };
  }
}
