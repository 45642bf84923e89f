/** What a second of sends says of one endpoint. Deltas, so that two workers add up. */
export interface HealthDelta {
  readonly tenant_id: string;
  readonly webhook_id: string;
  readonly last_success_at: Date | null;
  readonly last_failure_at: Date | null;
  /** Failures after the last success of this delta; all of them where it has none. */
  readonly failures: number;
  readonly first_failure_at: Date | null;
}

/** Collects deltas until they are taken. */
export class HealthDeltas {
  #deltas = new Map<string, HealthDelta>();

  add({ tenant_id, webhook_id }: { tenant_id: string; webhook_id: string }, isSuccess: boolean, at: Date): void {
    const key = `${tenant_id} ${webhook_id}`;
    const before = this.#deltas.get(key);
    this.#deltas.set(key, {
      tenant_id,
      webhook_id,
      last_success_at: isSuccess ? at : (before?.last_success_at ?? null),
      last_failure_at: isSuccess ? (before?.last_failure_at ?? null) : at,
      failures: isSuccess ? 0 : (before?.failures ?? 0) + 1,
      first_failure_at: isSuccess ? null : (before?.first_failure_at ?? at),
    });
  }

  /** In key order, the order in which rows are locked. */
  take(): HealthDelta[] {
    const taken = [...this.#deltas].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, delta]) => delta);
    this.#deltas = new Map();
    return taken;
  }

  /** They could not be written: what came since counts on. */
  giveBack(deltas: readonly HealthDelta[]): void {
    for (const delta of deltas) {
      const key = `${delta.tenant_id} ${delta.webhook_id}`;
      const since = this.#deltas.get(key);
      if (!since) this.#deltas.set(key, delta);
      else if (since.last_success_at === null)
        this.#deltas.set(key, {
          ...since,
          last_success_at: delta.last_success_at,
          failures: delta.failures + since.failures,
          first_failure_at: delta.first_failure_at ?? since.first_failure_at,
        });
    }
  }
}
