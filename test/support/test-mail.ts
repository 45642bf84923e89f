import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Mailbox, MailSender, type MailboxMail } from '../../libs/platform/mail/index.js';

/** The mails that the product would have sent, from its own mailbox. */
export class TestMail {
  constructor(private readonly app: NestFastifyApplication) {}

  /** Newest mail to an address; throws when there is none. */
  async latest(to: string): Promise<MailboxMail> {
    const mail = await this.find(to);
    if (!mail) throw new Error(`no mail to ${to}`);
    return mail;
  }

  async find(to: string): Promise<MailboxMail | null> {
    await this.app.get(MailSender, { strict: false }).deliverDue(100);
    const [entry] = await this.app.get(Mailbox, { strict: false }).list({ to, limit: 1 });
    return entry ? this.app.get(Mailbox, { strict: false }).get(entry.mail_message_id) : null;
  }

  /** The token of the newest link to an address: what stands behind `#`. */
  async token(to: string): Promise<string> {
    const { links } = await this.latest(to);
    const token = links.map((link) => link.split('#')[1]).find(Boolean);
    if (!token) throw new Error(`the mail to ${to} has no link with a token`);
    return token;
  }
}
