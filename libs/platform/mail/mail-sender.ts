import type { KeyRing } from '../crypto/index.js';
import type { PlatformScope } from '../db/index.js';
import type { Logger } from '../logging/index.js';
import type { Metrics } from '../metrics/index.js';
import { JobError, LeaseLost, platformScope, type JobEnvelope } from '../queue/index.js';
import { headerText, type Sender } from './address.js';
import type { MailDriver } from './driver.js';
import { openBody } from './mail-body.js';
import type { MailRepository } from './mail.repository.js';
import type { MailTransport } from './smtp.js';

export interface MailSenderParts {
  readonly repository: MailRepository;
  readonly ring: KeyRing;
  readonly driver: MailDriver;
  /** With driver `smtp`. */
  readonly transport: MailTransport | null;
  readonly from: Sender;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

type MailJob = Pick<
  JobEnvelope<{ mail_message_id: string }, PlatformScope>,
  'name' | 'row' | 'scope' | 'fence' | 'attempt' | 'last_attempt'
>;

/** Hands over what `mail_messages` holds. Runs in the worker; the queue wrapper has claimed the row and writes what goes wrong. */
export class MailSender {
  constructor(private readonly parts: MailSenderParts) {}

  /** Waiting to be sent. */
  open(scope: PlatformScope): Promise<number> {
    return this.parts.repository.countOpen(scope);
  }

  /** Of a restored database: the original has sent what is older, so it waits for a person. @returns how many */
  holdRestored(scope: PlatformScope, before: Date): Promise<number> {
    return this.parts.repository.holdRestored(scope, before);
  }

  /** They go all the same. @returns how many */
  releaseRestored(scope: PlatformScope): Promise<number> {
    return this.parts.repository.releaseRestored(scope);
  }

  /** At the start of a worker: mails that waited for a server go; without one in production, somebody is told. */
  async prepare(): Promise<void> {
    const { driver, repository, logger } = this.parts;
    const scope = platformScope('mail.prepare');
    if (driver === 'smtp') {
      const released = await repository.releaseHeld(scope);
      if (released) logger.info({ released }, 'mails that were held are sent now');
    } else if (driver === 'held') {
      logger.warn({ held: await repository.countHeld(scope) }, 'SMTP_URL is not set: mails are held and not sent');
    }
  }

  /** One claimed row. @throws JobError to have it tried again or given up; LeaseLost */
  async deliver(job: MailJob): Promise<void> {
    const { driver, repository, metrics } = this.parts;
    const row = job.row as unknown as {
      mail_message_id: string;
      tenant_id: string | null;
      to_email: string;
      subject: string;
      body_sealed: Buffer | null;
    };
    if (driver === 'held') throw new JobError('smtp_not_configured', 'No mail server is configured.');
    if (!row.body_sealed) throw new JobError('mail_empty', 'The mail has no body.', { final: true });
    const provider_id = driver === 'smtp' ? await this.overSmtp(job, row, row.body_sealed) : 'mailbox';
    const is_ours = await repository.sent(job.scope, row.mail_message_id, job.fence, provider_id, driver === 'mailbox');
    metrics.mail('sent');
    if (!is_ours) throw new LeaseLost(job.name);
  }

  /** Bodies older than a week go: the mailbox keeps no longer. */
  async purge(scope: PlatformScope): Promise<number> {
    return this.parts.repository.emptyOld(scope);
  }

  /** For `/health`. */
  async health(): Promise<'healthy' | 'unhealthy' | 'disabled'> {
    const { driver, transport, logger } = this.parts;
    if (driver !== 'smtp' || !transport) return 'disabled';
    try {
      await transport.verify();
      return 'healthy';
    } catch (error) {
      logger.warn({ err: error }, 'the mail server does not answer');
      return 'unhealthy';
    }
  }

  close(): void {
    this.parts.transport?.close();
  }

  private async overSmtp(
    job: MailJob,
    row: { mail_message_id: string; tenant_id: string | null; to_email: string; subject: string },
    sealed: Buffer,
  ): Promise<string> {
    const { ring, transport, from, metrics } = this.parts;
    if (!transport) throw new JobError('smtp_not_configured', 'No mail server is configured.');
    const { html, text, from_name } = openBody(ring, row, sealed);
    try {
      return await transport.send({
        mail_message_id: row.mail_message_id,
        from: from_name ? { name: headerText('From', from_name), address: from.address } : from,
        to: row.to_email,
        subject: headerText('subject', row.subject),
        html,
        text,
      });
    } catch (error) {
      metrics.mail(job.last_attempt || (error instanceof JobError && error.final) ? 'failed' : 'retried');
      throw error;
    }
  }
}
