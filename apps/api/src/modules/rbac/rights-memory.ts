import type { JudgedRights } from './judged-rights.js';

export interface RememberedRights {
  readonly tenant_version: string;
  readonly principal_version: string;
  /** Of the moment it was computed for: a clock that was set back makes it useless. */
  readonly at: number;
  readonly rights: JudgedRights;
}

/**
 * What was computed from which versions, so that it need not be read and computed again while the versions stand. Never an answer by
 * itself: the authorization statement compares the versions in the same snapshot in which it reads session and membership, in every
 * request, so a change holds on the very next one. Every row that the computation reads bumps one of the two versions;
 * what time alone changes ends with `valid_until`.
 */
export class RightsMemory {
  private readonly entries = new Map<string, RememberedRights>();

  /** An entry is about 6 kB: 2,000 of them are 12 MB. */
  constructor(private readonly capacity = 2_000) {}

  find(tenant_id: string, user_id: string, now: number): RememberedRights | null {
    const key = `${tenant_id} ${user_id}`;
    const entry = this.entries.get(key);
    if (!entry) return null;
    this.entries.delete(key);
    if (now < entry.at || now >= entry.rights.valid_until) return null;
    this.entries.set(key, entry); // the oldest in the map is the one that was not asked for longest
    return entry;
  }

  keep(tenant_id: string, user_id: string, entry: RememberedRights): void {
    const key = `${tenant_id} ${user_id}`;
    this.entries.delete(key);
    if (this.entries.size >= this.capacity)
      for (const oldest of this.entries.keys()) {
        this.entries.delete(oldest);
        break;
      }
    this.entries.set(key, entry);
  }
}
