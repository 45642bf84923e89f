import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { randomBytes } from 'node:crypto';
import { createReadStream, existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { fail } from '#contracts/errors.js';
import { pagePolicy } from './headers.js';
import { judgePage, type PageSwitches } from './page-path.js';
import { sendProblem, type Unmatched } from './problem.filter.js';

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'application/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8', '.svg': 'image/svg+xml', '.png': 'image/png', '.webp': 'image/webp', '.ico': 'image/x-icon',
  '.json': 'application/json; charset=utf-8', '.txt': 'text/plain; charset=utf-8', '.woff2': 'font/woff2', '.map': 'application/json',
}; // prettier-ignore
/** A path of ours that is never the SPA: an unknown one is a problem, not a page. */
const OURS = /^\/(api|api-docs|health|healthz|readyz|startupz|metrics|version|_storage|assets)(\/|$)/;
const PLACEHOLDER = /__CSP_NONCE__/g;
const SAFE_FILE = /^[\w.-]+$/;

/** Files of the built SPA. Assets are hashed and immutable; a missing one is 404 and never the page. */
export function registerAssets(instance: FastifyInstance, root: string): void {
  instance.get('/assets/:file', (request, reply) =>
    sendAsset(reply, request, root, 'assets', (request.params as { file: string }).file, 'public, max-age=31536000, immutable'),
  );
  for (const name of ['scheme.js', 'favicon.svg', 'favicon.ico', 'robots.txt']) {
    instance.get(`/${name}`, (request, reply) => sendAsset(reply, request, root, '', name, 'public, max-age=3600'));
  }
}

export interface Pages {
  readonly switches: PageSwitches;
  /** Somebody tried a name that no tenant can have. */
  malformed(): void;
}

/**
 * What is answered where no route matches. A GET that wants HTML gets the SPA, from the same origin and with a fresh nonce, and with the
 * status 404 where the address alone says that nothing is there; a path that exists under another method is 405 with `Allow`; everything
 * else is a problem.
 */
export function unmatchedBy(root: string, allowedMethods: (url: string) => readonly string[], pages: Pages): Unmatched {
  const file = path.join(root, 'index.html');
  const index = existsSync(file) ? readFileSync(file, 'utf8') : null;
  return (request, reply) => {
    const url = request.url.split('?')[0] ?? '/';
    const wantsPage = request.method === 'GET' && !OURS.test(url) && /text\/html|\*\/\*/.test(request.headers.accept ?? '');
    const verdict = wantsPage ? judgePage(url, pages.switches) : 'shown';
    if (verdict === 'malformed') pages.malformed();
    if (wantsPage && index) {
      sendPage(reply.status(verdict === 'shown' ? 200 : 404), index);
      return null;
    }
    const methods = allowedMethods(url);
    if (request.method === 'OPTIONS' && methods.length) {
      void reply.status(204).send();
      return null;
    }
    return methods.length ? fail('method_not_allowed', { headers: { allow: methods.join(', ') } }) : fail('not_found');
  };
}

function sendPage(reply: FastifyReply, index: string): FastifyReply {
  const nonce = randomBytes(16).toString('base64');
  return reply
    .header('content-security-policy', pagePolicy(nonce))
    .header('cache-control', 'no-store')
    .header('content-type', 'text/html; charset=utf-8')
    .send(index.replace(PLACEHOLDER, nonce));
}

/** A file of the build, as its precompressed twin where the client takes it. */
function sendAsset(reply: FastifyReply, request: FastifyRequest, root: string, folder: string, name: string, cache: string): FastifyReply {
  const file = path.join(root, folder, name);
  if (!SAFE_FILE.test(name) || !existsSync(file) || !statSync(file).isFile()) {
    sendProblem(reply, request, fail('not_found'));
    return reply;
  }
  const accepts = String(request.headers['accept-encoding'] ?? '');
  const [encoding, actual] =
    /\bbr\b/.test(accepts) && existsSync(`${file}.br`)
      ? ['br', `${file}.br`]
      : /\bgzip\b/.test(accepts) && existsSync(`${file}.gz`)
        ? ['gzip', `${file}.gz`]
        : ['', file];
  void reply
    .header('content-type', TYPES[path.extname(name)] ?? 'application/octet-stream')
    .header('cache-control', cache)
    .header('vary', 'Accept-Encoding');
  if (encoding) void reply.header('content-encoding', encoding);
  return reply.send(createReadStream(actual));
}
