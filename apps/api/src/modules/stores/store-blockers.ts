import { Injectable } from '@nestjs/common';
import type { Tx } from '#platform/db/index.js';

/** Why a store cannot be closed, in words of the module that says so: `open_shift`, `stock_on_hand`. Empty: no objection. */
export interface StoreBlocker {
  readonly name: string;
  reasons(tx: Tx, store_id: string): Promise<readonly string[]>;
}

/** What modules hang on deactivation: each is asked in its transaction, and sees every store of the tenant. Source: specs/tenancy.md §9. */
@Injectable()
export class StoreBlockers {
  private readonly blockers: StoreBlocker[] = [];

  register(blocker: StoreBlocker): void {
    if (this.blockers.some(({ name }) => name === blocker.name)) throw new Error(`store blocker ${blocker.name} is registered twice`);
    this.blockers.push(blocker);
  }

  async reasons(tx: Tx, store_id: string): Promise<string[]> {
    const reasons: string[] = [];
    for (const blocker of this.blockers) reasons.push(...(await blocker.reasons(tx, store_id)));
    return reasons;
  }
}
