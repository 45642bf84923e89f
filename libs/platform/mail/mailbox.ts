import { fail } from '#contracts/errors.js';
import type { KeyRing } from '../crypto/index.js';
import { platformScope } from '../queue/index.js';
import { openBody } from './mail-body.js';
import type { MailRepository, MailRow } from './mail.repository.js';

export interface MailboxQuery {
  readonly to?: string;
  readonly template?: string;
  /** Id of a mail: only younger ones. */
  readonly after?: string;
  /** Id of a mail: only older ones. */
  readonly before?: string;
  readonly limit?: number;
}

export interface MailboxEntry {
  readonly mail_message_id: string;
  readonly to_email: string;
  readonly template: string;
  readonly subject: string;
  readonly created_at: Date;
  readonly links: readonly string[];
}

export interface MailboxMail extends MailboxEntry {
  readonly text: string;
  readonly html: string;
}

/**
 * What the product would have sent, for developers and tests: readable from the commit on, before any worker has looked at it. Exists
 * only with driver `mailbox`.
 */
export class Mailbox {
  constructor(
    private readonly repository: MailRepository,
    private readonly ring: KeyRing,
  ) {}

  /** Newest first. */
  async list({ to, template, after, before, limit = 25 }: MailboxQuery = {}): Promise<MailboxEntry[]> {
    const rows = await this.repository.list(platformScope('mail.mailbox'), {
      to: to ?? null,
      template: template ?? null,
      after: after ?? null,
      before: before ?? null,
      take: limit,
    });
    return rows.flatMap((row) => {
      const mail = this.opened(row);
      return mail
        ? [
            {
              mail_message_id: mail.mail_message_id,
              to_email: mail.to_email,
              template: mail.template,
              subject: mail.subject,
              created_at: mail.created_at,
              links: mail.links,
            },
          ]
        : [];
    });
  }

  /** @throws `not_found` */
  async get(mail_message_id: string): Promise<MailboxMail> {
    const row = await this.repository.find(platformScope('mail.mailbox'), mail_message_id);
    const mail = row && this.opened(row);
    if (!mail) throw fail('not_found');
    return mail;
  }

  /** The newest mail to an address, with its text; null when there is none. */
  async latest(to: string, template?: string): Promise<MailboxMail | null> {
    const [entry] = await this.list({ to, limit: 1, ...(template ? { template } : {}) });
    return entry ? this.get(entry.mail_message_id) : null;
  }

  async clear(): Promise<number> {
    return this.repository.clear(platformScope('mail.mailbox'));
  }

  private opened(row: MailRow): MailboxMail | null {
    if (!row.body_sealed) return null;
    const { text, html, links } = openBody(this.ring, row, row.body_sealed);
    return {
      mail_message_id: row.mail_message_id,
      to_email: row.to_email,
      template: row.template,
      subject: row.subject,
      created_at: row.created_at,
      links,
      text,
      html,
    };
  }
}

/** Is the other end of the connection this machine? A proxy's connections come from here too, so one that says it forwards is none. */
export function isLoopbackPeer(request: {
  readonly socket: { readonly remoteAddress?: string | undefined };
  readonly headers: Readonly<Record<string, unknown>>;
}): boolean {
  const peer = (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
  if (request.headers['x-forwarded-for'] !== undefined || request.headers['forwarded'] !== undefined) return false;
  return peer === '::1' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(peer);
}
