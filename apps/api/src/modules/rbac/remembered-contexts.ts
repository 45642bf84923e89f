import type { Rights } from './rights.js';

export interface RememberedContext {
  readonly rights: Rights;
  /** Of the moment it was read; a clock that was set back makes it useless. In ms, as the one below. */
  readonly at: number;
  /** The earliest moment at which time alone changes the answer. */
  readonly valid_until: number;
}

/**
 * Whole contexts of AUTHZ_MODE=optimistic, by credential: what a request may go on with while the database checks it. Least recently used
 * goes first, and whoever was not here for `max_age_ms` is gone with the next one that comes: an entry is up to 9 kB.
 */
export class RememberedContexts {
  private readonly entries = new Map<string, RememberedContext>();

  /** @param max_age_ms for what no version covers: the e-mail by which the audit log names a person */
  constructor(
    private readonly capacity = 10_000,
    private readonly max_age_ms = 60_000,
  ) {}

  get size(): number {
    return this.entries.size;
  }

  find(key: string, now: number): Rights | null {
    const entry = this.entries.get(key);
    if (!entry) return null;
    this.entries.delete(key);
    if (now < entry.at || now >= entry.valid_until || now - entry.at >= this.max_age_ms) return null;
    this.entries.set(key, entry);
    return entry.rights;
  }

  keep(key: string, entry: RememberedContext): void {
    this.entries.delete(key);
    this.dropOld(entry.at);
    if (entry.valid_until <= entry.at) return;
    if (this.entries.size >= this.capacity) this.entries.delete(this.entries.keys().next().value as string);
    this.entries.set(key, entry);
  }

  forget(key: string): void {
    this.entries.delete(key);
  }

  /** In the order of the map nobody was asked for later than the next one, so the first that is young enough ends it. */
  private dropOld(now: number): void {
    for (const [key, { at }] of this.entries) {
      if (now - at < this.max_age_ms) return;
      this.entries.delete(key);
    }
  }
}
