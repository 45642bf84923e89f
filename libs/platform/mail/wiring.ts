import type { Config } from '../config/index.js';
import type { KeyRings } from '../crypto/index.js';
import type { PlatformDb } from '../db/index.js';
import type { Logger } from '../logging/index.js';
import type { Metrics } from '../metrics/index.js';
import type { Queues } from '../queue/index.js';
import { parseSender } from './address.js';
import { mailDriver } from './driver.js';
import { MailSender } from './mail-sender.js';
import { MailRepository } from './mail.repository.js';
import { MailService } from './mail.service.js';
import { Mailbox } from './mailbox.js';
import { smtpOptions, SmtpTransport, type MailTransport } from './smtp.js';

export interface MailNeeds {
  readonly config: Config;
  readonly rings: KeyRings;
  readonly platform: PlatformDb;
  readonly queues: Pick<Queues, 'arm'>;
  readonly metrics: Metrics;
  readonly logger: Logger;
  /** Tests bring their own. */
  readonly transport?: MailTransport;
}

export interface Mail {
  readonly service: MailService;
  readonly sender: MailSender;
  readonly mailbox: Mailbox;
}

/** The three faces of mail, made from one configuration: put in, hand over, look at. */
export function createMail({ config, rings, platform, queues, metrics, logger, transport }: MailNeeds): Mail {
  const driver = mailDriver(config);
  const repository = new MailRepository(platform);
  const ring = rings.ring('mail');
  const surroundings = { product_name: config.product_name, public_url: config.public_url.replace(/\/+$/, '') };
  const outgoing = driver === 'smtp' ? (transport ?? new SmtpTransport(smtpOptions(config.smtp_url))) : null;
  return {
    service: new MailService({ repository, ring, driver, surroundings, queues, logger }),
    sender: new MailSender({ repository, ring, driver, transport: outgoing, from: parseSender(config.mail_from), metrics, logger }),
    mailbox: new Mailbox(repository, ring),
  };
}
