import { Catch, HttpException, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ERRORS, fail, Problem, type ErrorCode } from '#contracts/errors.js';
import { databaseProblem } from './database-problem.js';
import { Replay } from './idempotency.js';

/** Answers what no route matched: a page, or null for the problem to send. */
export type Unmatched = (request: FastifyRequest, reply: FastifyReply) => Problem | null;

export interface ProblemLog {
  refused(request: FastifyRequest, problem: Problem): void;
  rlsViolation(): void;
}

/** Fastify's own refusals (body, header, URL faults) by its codes. */
const FASTIFY: Readonly<Record<string, ErrorCode>> = {
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported_media_type',
  FST_ERR_CTP_BODY_TOO_LARGE: 'body_too_large',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'malformed_json',
  FST_ERR_CTP_INVALID_JSON_BODY: 'malformed_json',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'validation_failed',
  FST_ERR_BAD_URL: 'not_found',
  FST_ERR_ASYNC_CONSTRAINT: 'not_found',
  FST_ERR_NOT_FOUND: 'not_found',
};
const BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  400: 'validation_failed',
  401: 'unauthenticated',
  403: 'permission_denied',
  404: 'not_found',
  405: 'method_not_allowed',
  406: 'not_acceptable',
  413: 'body_too_large',
  414: 'uri_too_long',
  415: 'unsupported_media_type',
  429: 'rate_limited',
  431: 'header_too_large',
};

/** In this order: coded refusal, framework, database, else 500 without detail. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code === 'string' && FASTIFY[code]) return fail(FASTIFY[code], {}, error);
  const fromDatabase = databaseProblem(error);
  if (fromDatabase) return fromDatabase;
  if (error instanceof HttpException) return fail(BY_STATUS[error.getStatus()] ?? 'internal', {}, error);
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  if (typeof status === 'number' && BY_STATUS[status]) return fail(BY_STATUS[status], {}, error);
  return fail('internal', {}, error);
}

export function problemBody(problem: Problem, request_id: string): Record<string, unknown> {
  const { retry_after: _, headers: __, ...extras } = problem.extras as Record<string, unknown>;
  return {
    // First, so that an extra can add to the standard fields and never replace one.
    ...(problem.code === 'internal' ? {} : extras),
    type: `urn:tenantry:problem:${problem.code}`,
    title: ERRORS[problem.code].sentence,
    status: problem.status,
    code: problem.code,
    request_id,
    ...(problem.errors.length ? { errors: problem.errors } : {}),
  };
}

export function sendProblem(reply: FastifyReply, request: FastifyRequest, problem: Problem): void {
  const { retry_after, headers } = problem.extras as { retry_after?: number; headers?: Record<string, string> };
  const wait = retry_after ?? (problem.status === 503 ? 1 : undefined);
  if (wait !== undefined) void reply.header('retry-after', String(Math.ceil(wait)));
  if (headers) void reply.headers(headers);
  void reply
    .status(problem.status)
    .header('content-type', 'application/problem+json; charset=utf-8')
    .send(JSON.stringify(problemBody(problem, request.id)));
}

/** Every error of every route leaves through here. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly log: ProblemLog,
    private readonly unmatched: Unmatched,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<FastifyRequest>();
    const reply = host.switchToHttp().getResponse<FastifyReply>();
    if (error instanceof Replay) {
      void reply.status(error.status).header('idempotency-replayed', 'true');
      if (error.body === 'null')
        void reply.send(); // an answer without a body has none the second time either
      else void reply.header('content-type', 'application/json; charset=utf-8').send(error.body);
      return;
    }
    if (request.is404) {
      const missing = this.unmatched(request, reply);
      if (missing) sendProblem(reply, request, missing);
      return;
    }
    const problem = toProblem(error);
    if (problem.extras['rls'] === true) this.log.rlsViolation();
    this.log.refused(request, problem);
    if (reply.sent) return;
    sendProblem(reply, request, problem);
  }
}
