import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';

export interface SunkMail {
  readonly from: string;
  readonly to: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  readonly html: string;
  readonly raw: string;
}

/** What the sink does with the next mails. `accept`; a code to refuse with; `hang`: no answer to DATA. */
export type SinkMood = 'accept' | 'hang' | { readonly code: number; readonly at: 'rcpt' | 'data' };

export interface SinkOptions {
  /** With these a mail needs a sign-in. */
  readonly user?: string;
  readonly password?: string;
  /** STARTTLS with a certificate that nobody has signed. */
  readonly untrusted_tls?: boolean;
  /** Offers no TLS at all. */
  readonly plain?: boolean;
}

/** A mail server for tests. It refuses with 554 what a strict one would: see `faults`. */
export class SmtpSink {
  readonly mails: SunkMail[] = [];
  mood: SinkMood = 'accept';
  connections = 0;
  private server: SMTPServer;

  private constructor(private readonly options: SinkOptions) {}

  static async start(options: SinkOptions = {}): Promise<SmtpSink> {
    const sink = new SmtpSink(options);
    await sink.listen();
    return sink;
  }

  get port(): number {
    return (this.server.server.address() as AddressInfo).port;
  }

  get url(): string {
    const { user, password } = this.options;
    return `smtp://${user ? `${encodeURIComponent(user)}:${encodeURIComponent(password ?? '')}@` : ''}127.0.0.1:${this.port}`;
  }

  stop(): Promise<void> {
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  private listen(): Promise<void> {
    const { user, password, untrusted_tls } = this.options;
    this.server = new SMTPServer({
      authOptional: user === undefined,
      allowInsecureAuth: true,
      hideSTARTTLS: !untrusted_tls,
      closeTimeout: 200,
      logger: false,
      onConnect: (_session, done) => {
        this.connections += 1;
        done();
      },
      onAuth: (auth, _session, done) =>
        auth.username === user && auth.password === password ? done(null, { user: auth.username }) : done(refusal(535)),
      onRcptTo: (_address, _session, done) =>
        done(typeof this.mood === 'object' && this.mood.at === 'rcpt' ? refusal(this.mood.code) : null),
      onData: (stream, session, done) => void this.read(stream, session, done),
    });
    this.server.on('error', () => undefined); // a client that turns away in the handshake is what some tests are about
    return new Promise((resolve) => this.server.listen(0, '127.0.0.1', () => resolve()));
  }

  private async read(stream: SMTPServerDataStream, session: SMTPServerSession, done: (error?: Error | null) => void): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of stream) chunks.push(chunk as Buffer);
    if (this.mood === 'hang') return;
    if (typeof this.mood === 'object') return done(refusal(this.mood.code));
    const raw = Buffer.concat(chunks).toString('latin1');
    const found = faults(raw, session);
    if (found.length) return done(refusal(554, found.join('; ')));
    this.mails.push(parse(raw, session));
    done();
  }
}

const refusal = (code: number, text = 'planned'): Error => Object.assign(new Error(text), { responseCode: code });

/** Rules of RFC 5321 and 5322 that a careless sender breaks. */
function faults(raw: string, session: SMTPServerSession): string[] {
  const end = raw.indexOf('\r\n\r\n');
  const head = raw.slice(0, end);
  const names = head.split(/\r\n(?![ \t])/).map((line) => line.split(':')[0]?.toLowerCase() ?? '');
  const problems: string[] = [];
  if (end < 0) problems.push('no empty line after the headers');
  if (/(^|[^\r])\n|\r(?!\n)/.test(raw)) problems.push('a bare line feed');
  // eslint-disable-next-line no-control-regex
  if (/[^\x00-\x7f]/.test(head)) problems.push('8-bit characters in a header');
  if (raw.split('\r\n').some((line) => line.length > 998)) problems.push('a line of more than 998 characters');
  for (const name of ['from', 'to', 'subject', 'date', 'message-id', 'mime-version']) {
    const count = names.filter((other) => other === name).length;
    if (count !== 1) problems.push(`${name} stands ${count} times`);
  }
  if (session.envelope.rcptTo.length !== 1) problems.push('not exactly one recipient');
  return problems;
}

function parse(raw: string, session: SMTPServerSession): SunkMail {
  const { headers, body } = part(raw);
  const boundary = /boundary="?([^";]+)/i.exec(headers['content-type'] ?? '')?.[1];
  const parts = boundary
    ? body
        .split(`--${boundary}`)
        .slice(1, -1)
        .map((piece) => part(piece.replace(/^\r\n/, '')))
    : [{ headers, body }];
  const of = (type: string): string => {
    const found = parts.find((one) => (one.headers['content-type'] ?? '').startsWith(type));
    return found ? decoded(found.body, found.headers['content-transfer-encoding'] ?? '7bit') : '';
  };
  return {
    from: session.envelope.mailFrom ? session.envelope.mailFrom.address : '',
    to: session.envelope.rcptTo[0]?.address ?? '',
    headers: { ...headers, subject: words(headers['subject'] ?? ''), from: words(headers['from'] ?? '') },
    text: of('text/plain'),
    html: of('text/html'),
    raw,
  };
}

function part(raw: string): { headers: Record<string, string>; body: string } {
  const end = raw.indexOf('\r\n\r\n');
  const lines = raw.slice(0, end).split(/\r\n(?![ \t])/);
  const headers = Object.fromEntries(lines.map((line) => [line.split(':')[0]?.toLowerCase() ?? '', line.slice(line.indexOf(':') + 1).replace(/\r\n[ \t]+/g, ' ').trim()])); // prettier-ignore
  return { headers, body: raw.slice(end + 4) };
}

function decoded(body: string, encoding: string): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8');
  if (encoding !== 'quoted-printable') return Buffer.from(body, 'latin1').toString('utf8');
  return Buffer.from(fromHex(body.replace(/=\r\n/g, '')), 'latin1').toString('utf8');
}

/** Encoded words of RFC 2047. */
function words(header: string): string {
  return header.replace(/\?=\s+=\?/g, '?==?').replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, kind: string, content: string) => {
    const bytes =
      kind.toLowerCase() === 'b' ? Buffer.from(content, 'base64') : Buffer.from(fromHex(content.replaceAll('_', ' ')), 'latin1');
    return bytes.toString('utf8');
  });
}

const fromHex = (text: string): string =>
  text.replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
