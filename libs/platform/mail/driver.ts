import type { Config } from '../config/index.js';

/**
 * Where mails go. `smtp`: to a server; `mailbox`: they stay here and the mailbox page shows them; `held`: production without a server,
 * they wait, sealed, until there is one.
 */
export type MailDriver = 'smtp' | 'mailbox' | 'held';

export function mailDriver(config: Pick<Config, 'smtp_url' | 'production'>): MailDriver {
  if (config.smtp_url) return 'smtp';
  return config.production ? 'held' : 'mailbox';
}
