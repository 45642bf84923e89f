import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { isPermission, PERMISSIONS, type Permission } from '#contracts/permissions.js';
import { DecisionLog, type Decision } from '#platform/auth/index.js';
import { Config } from '#platform/config/index.js';
import { Clock } from '#platform/crypto/index.js';
import { Logger } from '#platform/logging/index.js';
import { Metrics } from '#platform/metrics/index.js';
import { DecisionBuffer } from './decision-buffer.js';
import { DecisionsRepository } from './decisions.repository.js';

const CAPACITY = 1_000;
const BATCH = 100;
const WAIT_MS = 1_000;

/**
 * Who was let in or refused, off the request path: a buffer that is written after a second or with the hundredth row. Every denial; of
 * the allowed ones every dangerous one and a sample. A crash loses at most a second of decisions, never of the audit log.
 */
@Injectable()
export class RbacDecisionLog extends DecisionLog implements BeforeApplicationShutdown {
  private readonly buffer = new DecisionBuffer(CAPACITY);
  private timer: NodeJS.Timeout | null = null;
  private writing: Promise<void> | null = null;

  constructor(
    private readonly decisions: DecisionsRepository,
    private readonly config: Config,
    private readonly clock: Clock,
    private readonly metrics: Metrics,
    private readonly logger: Logger,
  ) {
    super();
  }

  override record(decision: Decision): void {
    if (decision.result === 'denied') {
      if (this.config.rbac_metrics_enabled) this.metrics.rbacDenied(decision.permission as Permission);
    } else if (!this.isKept(decision.permission)) return;
    if (!this.buffer.add(decision, this.clock.now())) this.metrics.rbacAuditDropped();
    if (this.buffer.size >= BATCH && !this.writing) void this.flush();
    else this.timer ??= setTimeout(() => void this.flush(), WAIT_MS).unref();
  }

  /** Writes what waits. Never rejects: what cannot be written stays for the next time, as far as there is room. */
  async flush(): Promise<void> {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    await this.writing;
    this.writing ??= this.write().finally(() => (this.writing = null));
    await this.writing;
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.flush();
  }

  private async write(): Promise<void> {
    while (this.buffer.size > 0) {
      const rows = this.buffer.take(BATCH);
      try {
        await this.decisions.insert(rows);
      } catch (error) {
        this.metrics.rbacAuditDropped(this.buffer.restore(rows));
        this.logger.warn({ error, rows: rows.length }, 'decisions could not be written');
        return;
      }
    }
  }

  private isKept(permission: string): boolean {
    if (isPermission(permission) && PERMISSIONS[permission].dangerous) return true;
    return this.config.rbac_audit_logging && Math.random() < this.config.rbac_audit_allow_sample;
  }
}
