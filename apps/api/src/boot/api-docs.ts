import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { RouteTable } from '#platform/auth/index.js';
import { openApiDocument } from '#platform/openapi/index.js';
import type { Runtime } from '#platform/runtime.js';
import { productVersion } from './runtime.js';

const FILES: Readonly<Record<string, string>> = {
  'swagger-ui.css': 'text/css; charset=utf-8',
  'swagger-ui-bundle.js': 'application/javascript; charset=utf-8',
  'favicon-32x32.png': 'image/png',
};
const PAGE = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>API reference</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="/api-docs/favicon-32x32.png"><link rel="stylesheet" href="/api-docs/swagger-ui.css"></head>
<body><div id="swagger-ui"></div><script src="/api-docs/swagger-ui-bundle.js"></script><script src="/api-docs/start.js"></script></body></html>`;
const START = `window.ui = SwaggerUIBundle({ url: '/api-docs/openapi.json', dom_id: '#swagger-ui', deepLinking: true, tryItOutEnabled: true });`;
/** Swagger UI sets styles of its own; scripts come from files only. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; frame-ancestors 'none'";

export const apiDocument = (app: { get(token: typeof RouteTable): RouteTable }): Record<string, unknown> =>
  openApiDocument(app.get(RouteTable).routes, { title: 'Tenantry', version: productVersion() });

/** The reference at `/api-docs` and the file at `/api-docs/openapi.json`. Made at the first request: a start does not wait for it. */
export function registerApiDocs(instance: FastifyInstance, app: NestFastifyApplication, { config }: Runtime): void {
  if (config.api_docs === 'off') return;
  let document: string | null = null;
  const text = (): string => (document ??= JSON.stringify(apiDocument(app)));
  instance.get('/api-docs', (_, reply) =>
    reply.header('content-security-policy', POLICY).header('content-type', 'text/html; charset=utf-8').send(PAGE),
  );
  instance.get('/api-docs/openapi.json', (_, reply) => reply.header('content-type', 'application/json; charset=utf-8').send(text()));
  instance.get('/api-docs/start.js', (_, reply) => reply.header('content-type', 'application/javascript; charset=utf-8').send(START));
  for (const [name, type] of Object.entries(FILES))
    instance.get(`/api-docs/${name}`, (_, reply) => reply.header('content-type', type).send(createReadStream(path.join(uiFolder(), name))));
}

const uiFolder = (): string => path.dirname(createRequire(path.resolve('package.json')).resolve('swagger-ui-dist/package.json'));
