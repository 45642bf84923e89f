/** Remembers for ten minutes what was seen, so that the same read of the same person is audited once. Bounded; per process. */
export class ReadLedger {
  private readonly seen = new Map<string, number>();

  constructor(
    private readonly window_ms = 600_000,
    private readonly capacity = 5_000,
    private readonly now: () => number = Date.now,
  ) {}

  isNew(key: string): boolean {
    const at = this.now();
    const last = this.seen.get(key);
    if (last !== undefined && at - last < this.window_ms) return false;
    this.seen.delete(key);
    this.seen.set(key, at);
    if (this.seen.size > this.capacity) this.seen.delete(this.seen.keys().next().value as string);
    return true;
  }
}
