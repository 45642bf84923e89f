import { Controller, Post, Req } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Logger } from '../logging/index.js';
import { Metrics } from '../metrics/index.js';
import { Audited, Public, RateLimit } from './access.js';
import { Answers } from './answers.js';
import { cspViolations } from './csp-report.js';

/** Where browsers tell of refused content. Counted and logged on the security channel: directive and origin, no paths, no queries. */
@Controller('csp-reports')
export class CspReportsController {
  constructor(
    private readonly logger: Logger,
    private readonly metrics: Metrics,
  ) {}

  @Post()
  @Public()
  @RateLimit('csp_report')
  @Audited({ none: 'a report of a browser changes nothing' })
  @Answers(204, null)
  report(@Req() request: FastifyRequest): void {
    for (const { directive, blocked } of cspViolations(request.body)) {
      this.metrics.cspReport(directive);
      this.logger.security.warn({ directive, blocked }, 'csp_violation');
    }
  }
}
