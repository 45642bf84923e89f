import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Socket } from 'node:net';
import { fail, type ErrorCode } from '#contracts/errors.js';
import { newId } from '../crypto/index.js';
import type { HeaderSet } from './headers.js';
import { problemBody, sendProblem, toProblem } from './problem.filter.js';

/** What Node's HTTP parser refuses, by its codes; anything else is a request that is none. */
const PARSER: Readonly<Record<string, ErrorCode>> = { HPE_HEADER_OVERFLOW: 'header_too_large' };

/** An address that the router cannot read: it answers before any hook has run, so the headers of every answer are set here. */
export function refuseAddress(error: Error, request: FastifyRequest, reply: FastifyReply, headers: HeaderSet): void {
  void reply.headers({ ...headers, 'x-request-id': request.id, 'cache-control': 'no-store' });
  sendProblem(reply, request, toProblem(error));
}

/**
 * Bytes that are no HTTP request: no request exists, so the answer is written by hand, in the form of every other refusal. The
 * connection is over: where the next request would begin is not known.
 */
export function refuseBytes(error: NodeJS.ErrnoException, socket: Socket, headers: HeaderSet): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') return void socket.end('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n');
  const request_id = newId();
  const problem = fail(PARSER[error.code ?? ''] ?? 'validation_failed');
  const body = JSON.stringify(problemBody(problem, request_id));
  const lines = Object.entries({
    ...headers,
    'x-request-id': request_id,
    'cache-control': 'no-store',
    'content-type': 'application/problem+json; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}`);
  socket.end(`HTTP/1.1 ${problem.status} Refused\r\n${lines.join('\r\n')}\r\n\r\n${body}`);
}
