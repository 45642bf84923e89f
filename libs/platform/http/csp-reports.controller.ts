import { Controller, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { fail } from '#contracts/errors.js';
import { Logger } from '../logging/index.js';
import { Metrics } from '../metrics/index.js';
import { Audited, Public } from './access.js';
import { Answers } from './answers.js';
import { cspViolations } from './csp-report.js';

const PER_MINUTE = 20;
const ADDRESSES = 5_000;

/** Where browsers tell of refused content. Counted and logged on the security channel: directive and origin, no paths, no queries. */
@Controller('csp-reports')
export class CspReportsController {
  private readonly seen = new Map<string, { minute: number; count: number }>();

  constructor(
    private readonly logger: Logger,
    private readonly metrics: Metrics,
  ) {}

  @Post()
  @Public()
  @Audited({ none: 'a report of a browser changes nothing' })
  @Answers(204, null, 'rate_limited')
  report(@Req() request: FastifyRequest): void {
    this.limit(request.ip);
    for (const { directive, blocked } of cspViolations(request.body)) {
      this.metrics.cspReport(directive);
      this.logger.security.warn({ directive, blocked }, 'csp_violation');
    }
  }

  private limit(ip: string): void {
    const minute = Math.floor(Date.now() / 60_000);
    const known = this.seen.get(ip);
    const count = known?.minute === minute ? known.count + 1 : 1;
    this.seen.delete(ip);
    this.seen.set(ip, { minute, count });
    if (this.seen.size > ADDRESSES) this.seen.delete(this.seen.keys().next().value as string);
    if (count > PER_MINUTE) throw fail('rate_limited', { retry_after: 60 - (Math.floor(Date.now() / 1000) % 60) });
  }
}
