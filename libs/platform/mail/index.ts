export { isMailAddress } from './address.js';
export { mailDriver, type MailDriver } from './driver.js';
export { mailPurge, mailSend } from './mail.jobs.js';
export { MailSender } from './mail-sender.js';
export { MailService, type MailIn } from './mail.service.js';
export { Mailbox, type MailboxEntry, type MailboxMail, type MailboxQuery } from './mailbox.js';
export { MailboxController } from './mailbox.controller.js';
export { SmtpTransport, smtpOptions, type MailTransport, type OutgoingMail } from './smtp.js';
export {
  button,
  code,
  defineTemplate,
  facts,
  mailTemplates,
  renderMail,
  small,
  text,
  type MailPart,
  type MailSurroundings,
  type MailTemplate,
  type RenderedMail,
} from './template.js';
export { createMail, type Mail, type MailNeeds } from './wiring.js';
