import { existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { pino } from 'pino';

/** Where lines go. Writing never blocks, never throws and keeps a bounded backlog; what does not fit is dropped and counted. */
export interface LogDestination {
  write(line: string): void;
  /** Waits until what was written has left, at most `wait_ms`. */
  flush(wait_ms?: number): Promise<void>;
  close(): Promise<void>;
  readonly dropped: number;
}

const BACKLOG_BYTES = 4_194_304;
const FLUSH_MS = 1_000;
const ROTATE_BYTES = 20_000_000;

/** The part of a stream that is needed: process.stdout in the product, any Writable in a test. */
export interface LineStream {
  write(line: string): boolean;
  readonly writableLength: number;
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
  off(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
}

/**
 * Lines on a stream. A reader that has gone (EPIPE) or does not read (backlog above 4 MiB) costs lines, not the process: without the
 * listener an EPIPE would end it.
 */
export class StreamDestination implements LogDestination {
  private lost = 0;
  private closed = false;
  private readonly onError = (error: NodeJS.ErrnoException): void => {
    this.lost += 1;
    if (error.code === 'EPIPE' || error.code === 'EBADF' || error.code === 'ERR_STREAM_DESTROYED' || error.code === 'EIO')
      this.closed = true;
  };

  constructor(
    private readonly stream: LineStream,
    private readonly backlog_bytes = BACKLOG_BYTES,
  ) {
    stream.on('error', this.onError);
  }

  get dropped(): number {
    return this.lost;
  }

  write(line: string): void {
    if (this.closed || this.stream.writableLength > this.backlog_bytes) {
      this.lost += 1;
      return;
    }
    try {
      this.stream.write(line);
    } catch {
      this.lost += 1; // a file as stdout writes at once and throws when the disk is full
    }
  }

  async flush(wait_ms = FLUSH_MS): Promise<void> {
    const end = Date.now() + wait_ms;
    while (!this.closed && this.stream.writableLength > 0 && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 5));
  }

  /** The error listener stays for stdout: it must outlive us. */
  close(): Promise<void> {
    return this.flush();
  }
}

/** Lines in a file of mode 0600. One that has grown above 20 MB is put aside as `<file>.1` at the start. */
export class FileDestination implements LogDestination {
  private lost = 0;
  private failed = false;
  private readonly sonic;

  constructor(path: string, backlog_bytes = BACKLOG_BYTES) {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    if (existsSync(path) && statSync(path).size > ROTATE_BYTES) renameSync(path, `${path}.1`);
    // minLength 1: with 0 its flush() does not wait
    this.sonic = pino.destination({ dest: path, append: true, sync: false, mode: 0o600, minLength: 1, maxLength: backlog_bytes });
    this.sonic.on('drop', () => (this.lost += 1));
    this.sonic.on('error', () => {
      this.lost += 1;
      this.failed = true;
    });
    this.sonic.on('drain', () => (this.failed = false));
  }

  get dropped(): number {
    return this.lost;
  }

  write(line: string): void {
    try {
      this.sonic.write(line);
    } catch {
      this.lost += 1;
    }
  }

  flush(wait_ms = FLUSH_MS): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, wait_ms);
      const done = (): void => {
        clearTimeout(timer);
        resolve();
      };
      if (this.failed) return done();
      this.sonic.flush(done);
    });
  }

  async close(): Promise<void> {
    await this.flush();
    this.sonic.end();
  }
}

let stdout: StreamDestination | undefined;

/** One for the process: its error listener belongs to process.stdout. */
export function stdoutDestination(): LogDestination {
  stdout ??= new StreamDestination(process.stdout);
  return stdout;
}

export const fileDestination = (path: string): LogDestination => new FileDestination(path);

/** Keeps lines, for tests. */
export class MemoryDestination implements LogDestination {
  readonly lines: string[] = [];
  readonly dropped = 0;
  write(line: string): void {
    this.lines.push(line);
  }
  flush(): Promise<void> {
    return Promise.resolve();
  }
  close(): Promise<void> {
    return Promise.resolve();
  }
  /** The lines as objects. */
  parsed(): Record<string, unknown>[] {
    return this.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }
}
