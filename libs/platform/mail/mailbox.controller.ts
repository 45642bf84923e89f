import { Controller, Delete, Get, Req } from '@nestjs/common';
import { fail } from '#contracts/errors.js';
import { Answers, Audited, Id, Instant, ListOf, listQuery, Public, Search, Text, Uuid, type ListOfQuery } from '../http/index.js';
import { isLoopbackPeer, Mailbox } from './mailbox.js';

const MAILBOX_LIST = listQuery({ to: { kind: 'text', max: 254 }, template: { kind: 'text', max: 80 }, after: { kind: 'uuid' } });

export class MailboxEntryOut {
  @Uuid() mail_message_id: string;
  @Text() to_email: string;
  @Text() template: string;
  @Text() subject: string;
  @Instant() created_at: Date;
  @ListOf({ text: { max: 4_000 } }) links: readonly string[];
}

export class MailboxMailOut extends MailboxEntryOut {
  @Text({ max: 200_000 }) text: string;
  @Text({ max: 200_000 }) html: string;
}

type Peer = Parameters<typeof isLoopbackPeer>[0];

/**
 * The mails of a quick start. Registered only with driver `mailbox`, so never in production; bodies hold tokens that work, so only this
 * machine may look. Elsewhere the routes do not seem to exist.
 */
@Controller('dev/mailbox')
export class MailboxController {
  constructor(private readonly mailbox: Mailbox) {}

  @Get()
  @Public()
  @Answers(200, [MailboxEntryOut])
  async list(@Req() request: Peer, @Search(MAILBOX_LIST) list: ListOfQuery<typeof MAILBOX_LIST>) {
    onlyHere(request);
    const [before] = list.after ?? [];
    const rows = await this.mailbox.list({ ...list.filters, ...(typeof before === 'string' ? { before } : {}), limit: list.take });
    return list.page(rows, (row) => [row.mail_message_id]);
  }

  @Get(':mail_message_id')
  @Public()
  @Answers(200, MailboxMailOut)
  get(@Req() request: Peer, @Id('mail_message_id') mail_message_id: string) {
    onlyHere(request);
    return this.mailbox.get(mail_message_id);
  }

  @Delete()
  @Public()
  @Audited({ none: "a developer's own mailbox" })
  @Answers(204, null)
  async clear(@Req() request: Peer): Promise<void> {
    onlyHere(request);
    await this.mailbox.clear();
  }
}

function onlyHere(request: Peer): void {
  if (!isLoopbackPeer(request)) throw fail('not_found');
}
