import { spawn, spawnSync } from 'node:child_process';
import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { transformSync } from '@swc/core';

/** The README's receivers, each run as it stands, against the library as a consumer has it: compiled, under its name. */
const ROOT = join(__dirname, '../..');
const README = readFileSync(join(__dirname, 'README.md'), 'utf8');
const secret = randomBytes(32).toString('hex');
const body = '{"id":"evt_1","type":"order.created","data":{"b":1,"a":"Müller 🛒"}}';
const PATIENCE_MS = 20_000;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tenantry-frameworks-'));
  const installed = join(folder, 'node_modules/@tenantry/webhook-verify');
  mkdirSync(installed, { recursive: true });
  cpSync(join(__dirname, 'package.json'), join(installed, 'package.json'));
  const compiled = spawnSync(process.execPath, [
    join(ROOT, 'node_modules/tsc7/bin/tsc'),
    ...['-p', join(__dirname, 'tsconfig.json'), '--outDir', join(installed, 'dist')],
  ]);
  if (compiled.status !== 0) throw new Error(String(compiled.stdout));
  for (const name of ['express', 'fastify', '@nestjs', 'reflect-metadata'].filter(isInstalled))
    symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function isInstalled(name: string): boolean {
  return existsSync(join(ROOT, 'node_modules', name));
}

/** The code below a heading of the README. */
function printed(heading: string): string {
  const from = README.indexOf(`### ${heading}\n`);
  const code = /```\w+\n([\s\S]*?)```/.exec(README.slice(from))?.[1];
  if (from === -1 || code === undefined) throw new Error(`the README has nothing below ${heading}`);
  return code;
}

const NEST_MAIN = `
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
@Module({ controllers: [WebhooksController] })
class AppModule {}
const app = await NestFactory.create(AppModule, new FastifyAdapter(), { rawBody: true, logger: false });
await app.listen(Number(process.env.PORT), '127.0.0.1');
`;
const REQUEST_MAIN = `
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
createServer(async (incoming, outgoing) => {
  const response = await POST(new Request('http://localhost/webhooks', { method: 'POST', headers: incoming.headers, body: await buffer(incoming) }));
  outgoing.writeHead(response.status).end(await response.text());
}).listen(Number(process.env.PORT));
`;

/** Decorators and types as a consumer's compiler takes them. */
const compiledTypeScript = (code: string): string =>
  transformSync(code, {
    swcrc: false,
    module: { type: 'es6' },
    jsc: {
      target: 'es2022',
      parser: { syntax: 'typescript', decorators: true },
      transform: { legacyDecorator: true, decoratorMetadata: true },
    },
  }).code;

const FRAMEWORKS: readonly [heading: string, needs: string, program: (code: string) => string][] = [
  ['Express', 'express', (code) => code],
  ['Fastify', 'fastify', (code) => code],
  ['Nest', '@nestjs', (code) => compiledTypeScript(code + NEST_MAIN)],
  ['Next, Hono, Workers and whatever else has a Request', '', (code) => code + REQUEST_MAIN],
  ['Node alone', '', (code) => code],
];

function headersOf(text: string, key = secret, age_s = 0): Record<string, string> {
  const timestamp = Math.floor(Date.now() / 1000) - age_s;
  const mac = createHmac('sha256', Buffer.from(key, 'base64')).update(`msg_1.${timestamp}.${text}`).digest('base64');
  return {
    'content-type': 'application/json',
    'webhook-id': 'msg_1',
    'webhook-timestamp': String(timestamp),
    'webhook-signature': `v1,${mac}`,
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

async function post(port: number, text: string, headers: Record<string, string>): Promise<number> {
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      return (await fetch(`http://localhost:${port}/webhooks`, { method: 'POST', body: text, headers })).status;
    } catch (error) {
      if (performance.now() > end) throw error;
      await wait(50); // it is not up yet
    }
  }
}

for (const [heading, needs, program] of FRAMEWORKS) {
  const itIfInstalled = isInstalled(needs) ? it : it.skip;
  itIfInstalled(
    `[004-29] the receiver for ${heading} takes a good delivery, and refuses a parsed, an altered, a foreign and an old one`,
    async () => {
      const file = join(folder, `${needs.replace('@', '') || heading.split(' ')[0]}.mjs`);
      writeFileSync(file, program(printed(heading)));
      const port = await freePort();
      const child = spawn(process.execPath, [file], {
        env: { PATH: process.env['PATH'], PORT: String(port), WEBHOOK_SECRET: secret },
        stdio: 'pipe',
      });
      let said = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
      try {
        expect(await post(port, body, headersOf(body))).toBe(204);
        expect(said).toContain('msg_1');
        expect(await post(port, JSON.stringify(JSON.parse(body), null, 1), headersOf(body))).toBe(401);
        expect(await post(port, body.replace('1', '2'), headersOf(body))).toBe(401);
        expect(await post(port, body, headersOf(body, randomBytes(32).toString('hex')))).toBe(401);
        expect(await post(port, body, headersOf(body, secret, 360))).toBe(401);
        expect(await post(port, body, { 'content-type': 'application/json' })).toBe(401);
      } catch (error) {
        throw new Error(`the receiver said: ${said}`, { cause: error });
      } finally {
        const ended = once(child, 'exit');
        child.kill('SIGKILL');
        await ended;
      }
    },
    60_000,
  );
}
