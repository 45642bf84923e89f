import { pino, type Logger as Pino } from 'pino';
import { dbTrips, logContext } from './context.js';
import { type LogDestination, stdoutDestination } from './destination.js';
import { prettyLine } from './pretty.js';
import { type LogFields, redact, safeText, type SafeValue } from './redact.js';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error';
export type Channel = 'application' | 'security';

export interface LoggerOptions {
  readonly level: LogLevel | 'silent';
  readonly format: 'json' | 'pretty';
  /** stdout by default. */
  readonly destination?: LogDestination;
}

/** The line of a request. Every field is made by us (the route is its template), so nothing in it needs masking. */
export interface AccessLine {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly ms: number;
  readonly trace_id?: string;
}

/**
 * Writes lines: `logger.warn({ ms: 120 }, 'slow_query')`. Fields are copied by redact.ts first, the message is masked, the context of
 * the request is added. It never throws: a line that cannot be written is counted.
 */
export class Logger {
  private failed = 0;
  private readonly other: Logger | null;

  constructor(
    private readonly pino: Pino,
    private readonly destination: LogDestination,
    private readonly channel: Channel = 'application',
    other: Logger | null = null,
  ) {
    this.other = other ?? (channel === 'application' ? new Logger(pino, destination, 'security', this) : null);
  }

  /** The same lines on the channel that is watched for attacks: denials, failed sign-ins, forged tokens. */
  get security(): Logger {
    return this.channel === 'security' || !this.other ? this : this.other;
  }

  /** Lines that were lost: reader gone or slow, disk full. */
  get dropped(): number {
    return this.destination.dropped + this.failed + (this.channel === 'application' ? (this.other?.failed ?? 0) : 0);
  }

  trace(fields: LogFields | string, message?: string): void {
    this.write('trace', fields, message);
  }
  debug(fields: LogFields | string, message?: string): void {
    this.write('debug', fields, message);
  }
  info(fields: LogFields | string, message?: string): void {
    this.write('info', fields, message);
  }
  warn(fields: LogFields | string, message?: string): void {
    this.write('warn', fields, message);
  }
  error(fields: LogFields | string, message?: string): void {
    this.write('error', fields, message);
  }

  isOn(level: LogLevel): boolean {
    return this.pino.isLevelEnabled(level);
  }

  /** One per answer, on the hot path: closed fields, no copy. Adds the round trips to the database of this context. */
  access(line: AccessLine): void {
    if (!this.isOn('info')) return;
    try {
      this.pino.info({ channel: this.channel, ...logContext(), ...line, db_trips: dbTrips() }, 'request');
    } catch {
      this.failed += 1;
    }
  }

  flush(): Promise<void> {
    return this.destination.flush();
  }

  close(): Promise<void> {
    return this.destination.close();
  }

  private write(level: LogLevel, fields: LogFields | string, message?: string): void {
    if (!this.isOn(level)) return;
    try {
      const text = typeof fields === 'string' ? fields : typeof message === 'string' ? message : '';
      const own = typeof fields === 'string' ? {} : renamed(redact(fields));
      this.pino[level]({ channel: this.channel, ...own, ...logContext() }, safeText(text));
    } catch {
      this.failed += 1;
    }
  }
}

/** A logger over pino: one JSON object a line, or the same for people. */
export function createLogger(options: LoggerOptions): Logger {
  const destination = options.destination ?? stdoutDestination();
  const stream = options.format === 'pretty' ? { write: (line: string) => destination.write(prettyLine(line)) } : destination;
  const base = pino(
    {
      level: options.level,
      base: undefined,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: (value: unknown) => value },
    },
    stream,
  );
  return new Logger(base, destination);
}

const RESERVED = ['time', 'level', 'msg', 'channel'] as const;

/** A field must not pass for what the logger itself writes: in JSON the last of two equal names wins. */
function renamed(fields: { [key: string]: SafeValue }): { [key: string]: SafeValue } {
  for (const name of RESERVED) {
    const value = fields[name];
    if (value === undefined) continue;
    fields[`_${name}`] = value;
    delete fields[name];
  }
  return fields;
}
