import { FastifyAdapter } from '@nestjs/platform-fastify';
import compress from '@fastify/compress';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isUtf8 } from 'node:buffer';
import type { Socket } from 'node:net';
import { fail } from '#contracts/errors.js';
import type { Config } from '../config/index.js';
import { newId, type KeyRings } from '../crypto/index.js';
import { withLogContext } from '../logging/index.js';
import { refuseAddress, refuseBytes } from './broken-request.js';
import { CursorCodec } from './cursor.js';
import { securityHeaders, type HeaderSet } from './headers.js';
import { parseJsonBody } from './json-body.js';

const REQUEST_ID = /^[A-Za-z0-9._-]{8,64}$/;
const BODY_LIMIT = 100_000;

export interface RequestObserver {
  /** One call per answer, after it was sent. */
  answered(request: FastifyRequest, status: number, seconds: number): void;
}

/** `/api/x` → `/api/v1/x`, so that every path of the seeds works as written. Nothing else is rewritten. */
export function rewriteUrl(url: string): string {
  return /^\/api\/(?!v\d)/.test(url) ? `/api/v1/${url.slice(5)}` : url;
}

/** The Fastify adapter with what must be known before it listens: ids, proxies, limits. */
export function createHttpAdapter(config: Config, build: string) {
  const headers = headersOf(config, build);
  const trusted = config.trust_proxy.length > 0;
  return new FastifyAdapter({
    trustProxy: trusted ? [...config.trust_proxy] : false,
    bodyLimit: BODY_LIMIT,
    routerOptions: { maxParamLength: 200, ignoreTrailingSlash: true },
    requestIdHeader: false,
    // A client-supplied id is taken over only behind a proxy of ours: it lands in logs and audit rows.
    genReqId: (raw) => {
      const given = raw.headers['x-request-id'];
      return trusted && typeof given === 'string' && REQUEST_ID.test(given) ? given : newId();
    },
    rewriteUrl: (raw) => rewriteUrl(raw.url ?? '/'),
    keepAliveTimeout: 75_000,
    requestTimeout: 30_000,
    maxRequestsPerSocket: 0,
    forceCloseConnections: 'idle',
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => refuseAddress(error, request, reply, headers),
    clientErrorHandler: (error: NodeJS.ErrnoException, socket: Socket) => refuseBytes(error, socket, headers),
    logger: false,
  } as ConstructorParameters<typeof FastifyAdapter>[0]);
}

/** Hooks and parsers of every request, in the order of DESIGN §4. Cheap first; nothing here trusts a later stage. */
export async function prepareServer(
  instance: FastifyInstance,
  config: Config,
  rings: KeyRings,
  build: string,
  observer: RequestObserver,
): Promise<void> {
  const headers = headersOf(config, build);
  instance.decorate('cursors', new CursorCodec(rings.ring('cursor').current.key));
  instance.removeAllContentTypeParsers();
  instance.addContentTypeParser(['application/json'], { parseAs: 'buffer' }, parseBody);
  instance.addContentTypeParser(
    ['application/csp-report', 'application/reports+json'],
    { parseAs: 'buffer', bodyLimit: 16_384 },
    parseBody,
  );
  instance.addHook('onRequest', (request, reply, done) => {
    void reply.headers(headers).header('x-request-id', request.id);
    if (request.url.startsWith('/api/')) void reply.header('cache-control', 'no-store');
    if (config.cors_origin.length) cors(request, reply, config.cors_origin);
    withLogContext({ request_id: request.id }, () => done(isHostRepeated(request.raw.rawHeaders) ? fail('validation_failed') : undefined));
  });
  instance.addHook('onResponse', (request, reply, done) => {
    observer.answered(request, reply.statusCode, reply.elapsedTime / 1000);
    done();
  });
  await instance.register(compress, {
    global: true,
    threshold: 257,
    encodings: ['gzip'],
    customTypes: /^(application\/(problem\+)?json|text\/(html|plain|css)|application\/javascript)/,
  });
}

/** Node reads the first of several, a proxy perhaps the last: such a request names no host (RFC 9112 §3.2). */
function isHostRepeated(rawHeaders: readonly string[]): boolean {
  let hosts = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) if (rawHeaders[i]?.length === 4 && rawHeaders[i]?.toLowerCase() === 'host') hosts += 1;
  return hosts > 1;
}

const headersOf = (config: Config, build: string): HeaderSet => securityHeaders({ https: config.public_url.startsWith('https:'), build });

/** As bytes, because decoding would put a sign for each byte that is no UTF-8: nobody sent that text. */
function parseBody(_request: FastifyRequest, body: string | Buffer, done: (error: Error | null, value?: unknown) => void): void {
  try {
    if (!isUtf8(body as Buffer)) throw fail('malformed_json');
    done(null, parseJsonBody(body.toString()));
  } catch (error) {
    done(error as Error);
  }
}

function cors(request: FastifyRequest, reply: { header(name: string, value: string): unknown }, origins: readonly string[]): void {
  const { origin } = request.headers;
  void reply.header('vary', 'Origin');
  if (!origin || !origins.includes(origin)) return;
  void reply.header('access-control-allow-origin', origin);
  void reply.header('access-control-allow-credentials', 'true');
  if (request.method !== 'OPTIONS') return;
  void reply.header('access-control-allow-methods', 'GET, POST, PUT, PATCH, DELETE');
  void reply.header('access-control-allow-headers', 'authorization, content-type, idempotency-key, if-match, x-tenant-id, x-client');
  void reply.header('access-control-max-age', '600');
}
