import { defineQueue, defineSchedule } from '../queue/index.js';
import { MailSender } from './mail-sender.js';
import { MAIL_STATEMENTS } from './mail.repository.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** One mail. Six attempts over nine hours; what a server refuses for good is not repeated. */
export const mailSend = defineQueue<{ mail_message_id: string }>({
  name: 'mail.send',
  lane: 'fast',
  id: 'mail_message_id',
  platform: true,
  concurrency: 4,
  lease_ms: 60_000,
  backoff: [MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR],
  ...MAIL_STATEMENTS,
  run: (job, services) => services.get(MailSender).deliver(job),
});

export const mailPurge = defineSchedule({
  name: 'mail.purge',
  cron: '20 3 * * *',
  run: async ({ scope }, services) => ({ processed: await services.get(MailSender).purge(scope), failed: 0, remaining: 0 }),
});
