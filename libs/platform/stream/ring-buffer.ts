/** The last messages, by number and age: what a reader that was away for a moment gets again. */
export class RingBuffer<T extends { readonly id: string }> {
  readonly #entries: { readonly at: number; readonly message: T }[] = [];

  constructor(
    private readonly max_entries: number,
    private readonly max_age_ms: number,
  ) {}

  push(message: T, now: number): void {
    this.#entries.push({ at: now, message });
    this.#expire(now);
  }

  /** What came after the message `id`; null when it is no longer, or never was, here. */
  after(id: string, now: number): readonly T[] | null {
    this.#expire(now);
    const index = this.#entries.findIndex(({ message }) => message.id === id);
    return index < 0 ? null : this.#entries.slice(index + 1).map(({ message }) => message);
  }

  clear(): void {
    this.#entries.length = 0;
  }

  #expire(now: number): void {
    let expired = Math.max(0, this.#entries.length - this.max_entries);
    while (expired < this.#entries.length && now - (this.#entries[expired]?.at ?? now) > this.max_age_ms) expired += 1;
    this.#entries.splice(0, expired);
  }
}
