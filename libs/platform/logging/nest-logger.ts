import type { LoggerService } from '@nestjs/common';
import type { LogLevel, Logger } from './logger.js';

/** What Nest itself says, on our lines. Nest passes `(message, …, context)`, and `(message, stack, context)` for errors. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...rest: unknown[]): void {
    this.line('debug', message, rest); // "Mapped {/api/v1/…}" and the like: nobody reads it at info
  }
  error(message: unknown, ...rest: unknown[]): void {
    this.line('error', message, rest);
  }
  fatal(message: unknown, ...rest: unknown[]): void {
    this.line('error', message, rest);
  }
  warn(message: unknown, ...rest: unknown[]): void {
    this.line('warn', message, rest);
  }
  debug(message: unknown, ...rest: unknown[]): void {
    this.line('debug', message, rest);
  }
  verbose(message: unknown, ...rest: unknown[]): void {
    this.line('trace', message, rest);
  }

  private line(level: LogLevel, message: unknown, rest: unknown[]): void {
    const context = rest.at(-1);
    const err = [message, ...rest].find((part) => part instanceof Error);
    const stack = level === 'error' && !err ? rest.find((part) => typeof part === 'string' && /\n\s+at /.test(part)) : undefined;
    const fields = {
      ...(typeof context === 'string' && context !== stack ? { context } : {}),
      ...(err ? { err } : {}),
      ...(stack ? { stack } : {}),
    };
    this.logger[level](
      typeof message === 'string' || err ? fields : { ...fields, value: message },
      typeof message === 'string' ? message : 'nest',
    );
  }
}
