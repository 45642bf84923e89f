import { Injectable } from '@nestjs/common';
import type { Tx } from '../db/index.js';
import { StreamHub } from './stream-hub.js';

/**
 * Tells open clients that what they may do, or what GET /me says of them, has changed, so that they ask again. A hint and no more: rights
 * themselves are asked of the database. Called by whoever changes roles, members, modules, features, the plan or the state of a tenant.
 */
@Injectable()
export class RightsFeed {
  constructor(private readonly hub: StreamHub) {}

  /** After the commit of `tx`, to one person of the tenant, or to everybody in it. */
  changed(tx: Pick<Tx, 'afterCommit'>, tenant_id: string, user_id?: string): void {
    const to = user_id === undefined ? {} : { principal_id: user_id };
    this.hub.publishAfter(tx, { topic: 'me', tenant_id, ...to, event: 'me.changed', data: {} });
  }
}
