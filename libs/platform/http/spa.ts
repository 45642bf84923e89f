import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { randomBytes } from 'node:crypto';
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fail, type Problem } from '#contracts/errors.js';
import { pagePolicy } from './headers.js';
import { problemBody } from './problem.filter.js';

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'application/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml', '.png': 'image/png', '.webp': 'image/webp', '.ico': 'image/x-icon',
  '.json': 'application/json; charset=utf-8', '.txt': 'text/plain; charset=utf-8', '.woff2': 'font/woff2', '.map': 'application/json',
}; // prettier-ignore
/** A path of ours that is never the SPA: an unknown one is a problem, not a page. */
const OURS = /^\/(api|api-docs|health|healthz|readyz|startupz|metrics|version|_storage|assets)(\/|$)/;
const PLACEHOLDER = /__CSP_NONCE__/g;
const SAFE_FILE = /^[\w.-]+$/;

/**
 * Serves the built SPA from the API: same origin, no CORS. Assets are hashed and immutable, a missing one is 404 and never the page; every
 * other GET that wants HTML gets `index.html` with a fresh nonce. Everything else that no route answers is a problem.
 */
export function registerSpa(instance: FastifyInstance, root: string, allowedMethods: (url: string) => readonly string[]): void {
  const index = existsSync(path.join(root, 'index.html')) ? readFileSync(path.join(root, 'index.html'), 'utf8') : null;

  instance.get('/assets/:file', (request, reply) => sendAsset(reply, request, root, 'assets', (request.params as { file: string }).file, 'public, max-age=31536000, immutable'));
  for (const name of ['scheme.js', 'favicon.svg', 'favicon.ico', 'robots.txt']) {
    instance.get(`/${name}`, (request, reply) => sendAsset(reply, request, root, '', name, 'public, max-age=3600'));
  }

  instance.setNotFoundHandler((request, reply) => {
    const url = request.url.split('?')[0] ?? '/';
    const wantsPage = request.method === 'GET' && !OURS.test(url) && /text\/html|\*\/\*/.test(request.headers.accept ?? '');
    if (wantsPage && index) return sendPage(reply, index);
    const methods = allowedMethods(url);
    if (request.method === 'OPTIONS' && methods.length) return reply.status(204).send();
    return sendProblemTo(reply, request, methods.length ? fail('method_not_allowed', { headers: { allow: methods.join(', ') } }) : fail('not_found'));
  });
}

function sendPage(reply: FastifyReply, index: string): FastifyReply {
  const nonce = randomBytes(16).toString('base64');
  return reply
    .header('content-security-policy', pagePolicy(nonce))
    .header('cache-control', 'no-store')
    .header('content-type', 'text/html; charset=utf-8')
    .send(index.replace(PLACEHOLDER, nonce));
}

function sendProblemTo(reply: FastifyReply, request: FastifyRequest, problem: Problem): FastifyReply {
  const { headers } = problem.extras as { headers?: Record<string, string> };
  if (headers) void reply.headers(headers);
  return reply.status(problem.status).header('content-type', 'application/problem+json; charset=utf-8').send(JSON.stringify(problemBody(problem, request.id)));
}

/** A file of the build, as its precompressed twin where the client takes it. */
function sendAsset(reply: FastifyReply, request: FastifyRequest, root: string, folder: string, name: string, cache: string): FastifyReply {
  const file = path.join(root, folder, name);
  if (!SAFE_FILE.test(name) || !existsSync(file) || !statSync(file).isFile()) return sendProblemTo(reply, request, fail('not_found'));
  const accepts = String(request.headers['accept-encoding'] ?? '');
  const [encoding, actual] = /\bbr\b/.test(accepts) && existsSync(`${file}.br`) ? ['br', `${file}.br`] : /\bgzip\b/.test(accepts) && existsSync(`${file}.gz`) ? ['gzip', `${file}.gz`] : ['', file];
  void reply.header('content-type', TYPES[path.extname(name)] ?? 'application/octet-stream').header('cache-control', cache).header('vary', 'Accept-Encoding');
  if (encoding) void reply.header('content-encoding', encoding);
  return reply.send(createReadStream(actual));
}
