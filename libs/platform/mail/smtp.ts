import { createTransport, type SendMailOptions, type Transporter } from 'nodemailer';
import type SMTPTransport from 'nodemailer/lib/smtp-transport/index.js';
import { JobError } from '../queue/index.js';
import type { Sender } from './address.js';

const TIMEOUT_MS = 10_000;
/** A server that answers a byte now and then passes every timeout of the parts. */
const DEADLINE_MS = 30_000;

export interface OutgoingMail {
  readonly mail_message_id: string;
  readonly from: Sender;
  readonly to: string;
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

/** What hands mails over. A fake in tests, SMTP in the product. */
export interface MailTransport {
  /** @returns what the server called the message. @throws JobError, final where a repeat is pointless */
  send(mail: OutgoingMail): Promise<string>;
  verify(): Promise<void>;
  close(): void;
}

/**
 * `smtp://user:password@host:587`, `smtps://host:465`. Only these parts are read: nothing in the address can switch the check of
 * certificates off. `smtp:` takes TLS where the server offers it; with a password for another machine than this one it insists.
 */
export function smtpOptions(url: string): SMTPTransport.Options {
  const { protocol, hostname, port, username, password } = new URL(url);
  if (protocol !== 'smtp:' && protocol !== 'smtps:') throw new Error('SMTP_URL must begin with smtp:// or smtps://');
  const secure = protocol === 'smtps:';
  const host = hostname.replace(/^\[|\]$/g, '');
  const is_here = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/.test(host);
  return {
    host,
    port: port ? Number(port) : secure ? 465 : 587,
    secure,
    requireTLS: !secure && username !== '' && !is_here,
    auth: username ? { user: decodeURIComponent(username), pass: decodeURIComponent(password) } : undefined,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    dnsTimeout: TIMEOUT_MS,
    tls: { rejectUnauthorized: true, minVersion: 'TLSv1.2' },
    disableFileAccess: true,
    disableUrlAccess: true,
    logger: false,
  };
}

export class SmtpTransport implements MailTransport {
  private readonly transporter: Transporter<SMTPTransport.SentMessageInfo>;

  constructor(
    options: SMTPTransport.Options,
    private readonly deadline_ms = DEADLINE_MS,
  ) {
    this.transporter = createTransport(options);
  }

  async send(mail: OutgoingMail): Promise<string> {
    try {
      const sent = await inTime(this.transporter.sendMail(message(mail)), this.deadline_ms);
      return sent.messageId;
    } catch (error) {
      throw smtpError(error);
    }
  }

  async verify(): Promise<void> {
    await inTime(this.transporter.verify(), TIMEOUT_MS);
  }

  close(): void {
    this.transporter.close();
  }
}

function message(mail: OutgoingMail): SendMailOptions {
  const domain = mail.from.address.split('@').at(-1) ?? 'localhost';
  return {
    // objects, not texts: a text would be parsed as a list of addresses
    from: { name: mail.from.name, address: mail.from.address },
    to: [{ name: '', address: mail.to }],
    envelope: { from: mail.from.address, to: [mail.to] },
    subject: mail.subject,
    text: mail.text,
    html: mail.html,
    // the row's id: a server that sees the mail twice can tell
    messageId: `<${mail.mail_message_id}@${domain}>`,
    headers: { 'Auto-Submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

/**
 * 5xx about the mail or its recipient is final. 4xx, the network and a refused sign-in (our configuration, which can be mended) are tried
 * again. The server's text is not kept: it quotes addresses.
 */
export function smtpError(error: unknown): JobError {
  const { responseCode, code } = (error ?? {}) as { responseCode?: unknown; code?: unknown };
  if (typeof responseCode === 'number') {
    const final = responseCode >= 500 && responseCode < 600 && code !== 'EAUTH' && code !== 'ECONNECTION';
    return new JobError(`smtp_${responseCode}`, `The mail server answered ${responseCode}.`, {
      cause: error,
      ...(final ? { final: true } : {}),
    });
  }
  const word = typeof code === 'string' && /^[A-Z_]{2,30}$/.test(code) ? code.toLowerCase() : 'unknown';
  return new JobError(`smtp_${word}`, 'The mail server could not be reached.', { cause: error });
}

async function inTime<T>(work: Promise<T>, ms: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(Object.assign(new Error('deadline'), { code: 'ETIMEDOUT' })), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
