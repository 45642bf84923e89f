import { Injectable } from '@nestjs/common';
import { newId } from '#platform/crypto/index.js';
import type { Tx } from '#platform/db/index.js';
import { Queues } from '#platform/queue/index.js';
import { idRange } from '../deliveries/id-range.js';
import { bulkQueue } from './bulk.jobs.js';
import { bulkRows } from './bulk.repository.js';

/** What was held while an endpoint was away is sent when it is back, oldest first. */
@Injectable()
export class HeldRelease {
  constructor(private readonly queues: Queues) {}

  /** In the transaction that resumes the endpoint; its job runs as the product, since whoever resumes has asked for no more. */
  async start(tx: Tx, webhook_id: string, created_by: string | null): Promise<void> {
    if (!(await bulkRows.hasHeld(tx, webhook_id)) || (await bulkRows.hasOpenRelease(tx, webhook_id))) return;
    const webhook_job_id = newId();
    await bulkRows.insert(tx, {
      webhook_job_id,
      webhook_id,
      kind: 'release',
      filter: {
        ...idRange(null, null),
        statuses: ['held'],
        event_type: null,
        http_status: null,
        error_code: null,
        delivery_ids: null,
        include_missing: false,
      },
      total: null,
      created_by,
      principal_id: null,
      permission: null,
    });
    this.queues.arm(tx, bulkQueue, { webhook_job_id });
  }
}
