import { Injectable } from '@nestjs/common';
import { PlatformDb, type PlatformScope } from '#platform/db/index.js';
import { Relay } from '#platform/outbox/index.js';
import { firstIdOf } from './id-range.js';
import { restoredDeliveryRows } from './restored-deliveries.repository.js';

const AT_ONCE = 2_000;

/** Deliveries of a database that was restored, while nothing goes out of it. */
@Injectable()
export class RestoredDeliveries {
  constructor(
    private readonly db: PlatformDb,
    private readonly relay: Relay,
  ) {}

  /** Waiting to be sent. */
  open(scope: PlatformScope): Promise<number> {
    return this.db.run(scope, (tx) => restoredDeliveryRows.countOpen(tx));
  }

  /** Events that nobody was told of yet. */
  async notRelayed(): Promise<number> {
    return (await this.relay.state()).waiting;
  }

  /**
   * The original has sent what is older than `before`, so it is held; `recover` with status `held` sends it all the same. Events that were not
   * relayed yet are relayed first, since they may be as old. @returns how many deliveries
   */
  async hold(scope: PlatformScope, before: Date): Promise<number> {
    while ((await this.relay.relayBatch()) > 0);
    let held = 0;
    for (let last = AT_ONCE; last === AT_ONCE; held += last)
      last = await this.db.run(scope, (tx) => restoredDeliveryRows.hold(tx, firstIdOf(before), AT_ONCE));
    return held;
  }
}
