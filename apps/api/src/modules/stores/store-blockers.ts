import { Injectable } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import type { Tx } from '#platform/db/index.js';
import { Registry, type Services, type StoreBlocker } from '#platform/modules/index.js';

/**
 * What modules hang on the end of a store (`hooks.store_blockers` of their manifests): each is asked in the transaction that closes it, and
 * sees every store of the tenant.
 */
@Injectable()
export class StoreBlockers {
  private readonly blockers: StoreBlocker[];
  private readonly services: Services;

  constructor(registry: Registry, moduleRef: ModuleRef) {
    this.blockers = registry.manifests.flatMap(({ hooks }) => hooks?.store_blockers ?? []);
    this.services = { get: (token) => moduleRef.get(token, { strict: false }) };
  }

  /** Beside those of the manifests. */
  register(blocker: StoreBlocker): void {
    if (this.blockers.some(({ name }) => name === blocker.name)) throw new Error(`store blocker ${blocker.name} is registered twice`);
    this.blockers.push(blocker);
  }

  /** Of all modules, in the order of their manifests. Empty: the store may close. */
  async reasons(tx: Tx, store_id: string): Promise<string[]> {
    const reasons: string[] = [];
    for (const blocker of this.blockers) reasons.push(...(await blocker.reasons(tx, store_id, this.services)));
    return reasons;
  }
}
