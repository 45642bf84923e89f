import type { Param, Sql } from '../db/index.js';

/** Runs one of a definition's statements on the platform pool. */
export type RunStatement = (sql: Sql, params: readonly Param[]) => Promise<readonly object[]>;

const PLACEHOLDER = /\$(\d+)/g;

/** The first `n` parameters, `n` the highest that the statement names: a table without a column for the worker needs no `$3`. */
export function namedParams(sql: Pick<Sql, 'text'>, params: readonly Param[]): readonly Param[] {
  let highest = 0;
  for (const [, digits] of sql.text.matchAll(PLACEHOLDER)) highest = Math.max(highest, Number(digits));
  return params.slice(0, highest);
}

export interface LeaseTerms {
  readonly lease_ms: number;
  /** Moves the lease on. False: the row is another worker's now. */
  extend(): Promise<boolean>;
  /** The lease is over, or the row has another owner. Called once. */
  lost(): void;
  failed(error: unknown): void;
}

/**
 * Extends a lease at every third of it until `stop`. A heartbeat that fails is tried again at the next third; when the lease would be
 * over by then, it counts as lost: another worker may have the row.
 */
export class Lease {
  #timer: NodeJS.Timeout;
  #extended_at = performance.now();
  #isOver = false;

  constructor(private readonly terms: LeaseTerms) {
    this.#timer = setTimeout(() => void this.#beat(), terms.lease_ms / 3);
  }

  stop(): void {
    this.#isOver = true;
    clearTimeout(this.#timer);
  }

  async #beat(): Promise<void> {
    const begun = performance.now();
    let held = true;
    try {
      held = await this.terms.extend();
      if (held) this.#extended_at = begun;
    } catch (error) {
      this.terms.failed(error);
    }
    if (this.#isOver) return;
    const left = this.#extended_at + this.terms.lease_ms - performance.now();
    if (!held || left <= 0) {
      this.stop();
      this.terms.lost();
      return;
    }
    this.#timer = setTimeout(() => void this.#beat(), Math.min(this.terms.lease_ms / 3, left));
  }
}
