export const OTHER = 'other';

export interface BoundedLabelOptions {
  /** How many values keep their name. */
  readonly limit?: number;
  /** A value that has a name keeps it at least so long. */
  readonly keep_ms?: number;
  /** Milliseconds. */
  readonly now: () => number;
  /** The value has lost its name: its series must go. */
  readonly evicted?: (value: string) => void;
}

interface Named {
  seen: number;
  since: number;
}

/**
 * Makes a label out of a value that has no bound, such as a tenant id: the busiest `limit` values keep their name, all others are
 * `other`, so a label has at most `limit + 1` values. A value that becomes busier than a named one takes its place once that one has had
 * its name for `keep_ms`. Values without a name are counted in a table of bounded size (Misra and Gries 1982).
 */
export class BoundedLabel {
  private readonly named = new Map<string, Named>();
  private readonly candidates = new Map<string, number>();
  private readonly limit: number;
  private readonly keep_ms: number;
  private changed_at: number;

  constructor(private readonly options: BoundedLabelOptions) {
    this.limit = options.limit ?? 200;
    this.keep_ms = options.keep_ms ?? 3_600_000;
    this.changed_at = options.now();
  }

  /** The label for one occurrence of `value`. */
  of(value: string): string {
    const known = this.named.get(value);
    if (known) {
      known.seen += 1;
      return value;
    }
    const now = this.options.now();
    if (this.named.size < this.limit) {
      this.named.set(value, { seen: 1, since: now });
      return value;
    }
    this.noteCandidate(value);
    if (now - this.changed_at >= this.keep_ms) this.changePlaces(now);
    return this.named.has(value) ? value : OTHER;
  }

  /** The tenant was deleted: nothing of it stays. */
  forget(value: string): void {
    this.candidates.delete(value);
    if (this.named.delete(value)) this.options.evicted?.(value);
  }

  /** Values with a name now. */
  get size(): number {
    return this.named.size;
  }

  private noteCandidate(value: string): void {
    const seen = this.candidates.get(value);
    if (seen !== undefined || this.candidates.size < this.limit * 4) {
      this.candidates.set(value, (seen ?? 0) + 1);
      return;
    }
    for (const [other, count] of this.candidates) {
      if (count <= 1) this.candidates.delete(other);
      else this.candidates.set(other, count - 1);
    }
  }

  private changePlaces(now: number): void {
    this.changed_at = now;
    const quiet = [...this.named].filter(([, { since }]) => now - since >= this.keep_ms).sort((a, b) => a[1].seen - b[1].seen);
    const busy = [...this.candidates].sort((a, b) => b[1] - a[1]);
    for (const [index, [candidate, seen]] of busy.entries()) {
      const place = quiet[index];
      if (!place || place[1].seen >= seen) break;
      this.named.delete(place[0]);
      this.options.evicted?.(place[0]);
      this.named.set(candidate, { seen, since: now });
    }
    this.candidates.clear();
    // traffic of long ago must not hold a name against that of today
    for (const entry of this.named.values()) entry.seen = Math.floor(entry.seen / 2);
  }
}
