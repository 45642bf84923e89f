import { invalid } from '#contracts/errors.js';
import { newId, type KeyRing } from '../crypto/index.js';
import type { Tx } from '../db/index.js';
import type { Logger } from '../logging/index.js';
import type { Queues } from '../queue/index.js';
import { isMailAddress, oneLine } from './address.js';
import type { MailDriver } from './driver.js';
import { sealBody } from './mail-body.js';
import { mailSend } from './mail.jobs.js';
import type { MailRepository } from './mail.repository.js';
import { renderMail, type MailSurroundings, type MailTemplate } from './template.js';

export interface MailIn<P> {
  readonly to: string;
  readonly template: MailTemplate<P>;
  readonly params: P;
  /** Must be the tenant of the transaction: it is the one that is written. */
  readonly tenant_id?: string;
  /** Why this person gets it, for the log: `invited`, `password_reset`. */
  readonly reason: string;
  /** The tenant's own name as sender; the address is always MAIL_FROM. */
  readonly from_name?: string;
}

export interface MailServiceParts {
  readonly repository: MailRepository;
  readonly ring: KeyRing;
  readonly driver: MailDriver;
  readonly surroundings: MailSurroundings;
  readonly queues: Pick<Queues, 'arm'>;
  readonly logger: Logger;
}

/** Puts mails into the caller's transaction: a rollback sends nothing. */
export class MailService {
  constructor(private readonly parts: MailServiceParts) {}

  /**
   * Writes the row, and after the commit rings the queue.
   * @returns the id of the mail
   * @throws `validation_failed` for what is no single address
   */
  async send<P>(tx: Tx, { to, template, params, tenant_id, reason, from_name }: MailIn<P>): Promise<string> {
    const { repository, ring, driver, surroundings, queues, logger } = this.parts;
    if (!isMailAddress(to)) throw invalid([{ field: '/email', code: 'email_invalid', message: 'This is not an e-mail address.' }]);
    if (tenant_id && tx.tenant_id && tenant_id !== tx.tenant_id)
      throw new Error(`mail ${template.name} names another tenant than its transaction`);
    const mail_message_id = newId();
    const { subject, ...content } = renderMail(template, params, surroundings);
    const body = { ...content, from_name: from_name ? oneLine(from_name) : null };
    const body_sealed = sealBody(ring, { mail_message_id, tenant_id: tx.tenant_id }, body);
    await repository.enqueue(tx, {
      mail_message_id,
      to_email: to,
      template: template.name,
      subject,
      body_sealed,
      state: driver === 'held' ? 'held' : 'queued',
    });
    if (driver !== 'held') queues.arm(tx, mailSend, { mail_message_id });
    tx.afterCommit(() => logger.debug({ mail_message_id, template: template.name, reason }, 'mail queued'));
    return mail_message_id;
  }
}
