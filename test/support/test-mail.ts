import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { PlatformDb } from '../../libs/platform/db/index.js';
import { Mailbox, mailSend, type MailboxMail } from '../../libs/platform/mail/index.js';
import { JobRunner, platformScope } from '../../libs/platform/queue/index.js';

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
    await this.deliverDue();
    const [entry] = await this.app.get(Mailbox, { strict: false }).list({ to, limit: 1 });
    return entry ? this.app.get(Mailbox, { strict: false }).get(entry.mail_message_id) : null;
  }

  /** What the queue would do with the alarms of these mails. */
  private async deliverDue(): Promise<void> {
    const due = await this.app
      .get(PlatformDb, { strict: false })
      .query<{ mail_message_id: string }>(platformScope('test'), mailSend.due, [100]);
    for (const { mail_message_id } of due) await this.app.get(JobRunner, { strict: false }).run(mailSend.name, { mail_message_id });
  }

  /** The token of the newest link to an address: what stands behind `#`. */
  async token(to: string): Promise<string> {
    const { links } = await this.latest(to);
    const token = links.map((link) => link.split('#')[1]).find(Boolean);
    if (!token) throw new Error(`the mail to ${to} has no link with a token`);
    return token;
  }
}
