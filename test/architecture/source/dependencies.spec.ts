import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ROOT } from './tree.js';

/** One breach a rule: the file that must be named, and what it imports. `npm run arch` looks at the real tree; here the rules are proved. */
const PLANTED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'a module imports another only through its index.ts': {
    'apps/api/src/modules/tenants/through.ts': `import '../stores/stores.service.js';`,
  },
  'the rest of the application knows a module by its index.ts': {
    'apps/api/src/app.module.ts': `import './modules/stores/stores.service.js';`,
  },
  'the module graph has no circle': {
    'apps/api/src/modules/files/index.ts': `import '../hooks/index.js';`,
    'apps/api/src/modules/hooks/index.ts': `import type { Files } from '../files/index.js';`,
  },
  'no file needs itself to be loaded': {
    'libs/platform/mail/first.ts': `import './second.js';`,
    'libs/platform/mail/second.ts': `import './first.js';`,
  },
  'the platform knows no module': {
    'libs/platform/http/knows.ts': `import type { Stores } from '../../../apps/api/src/modules/stores/index.js';`,
  },
  'contracts import nothing': { 'libs/contracts/reads.ts': `import { readFileSync } from 'node:fs';` },
  'webhook-verify imports nothing but node:crypto': {
    'libs/webhook-verify/index.ts': `import { fail } from '#contracts/errors.js';\nfail();`,
  },
  'what a browser loads of webhook-verify knows no Node': { 'libs/webhook-verify/web.ts': `import './index.js';` },
  'a pure file of a module knows only its arguments': {
    'apps/api/src/modules/stores/pure.ts': `import { Injectable } from '@nestjs/common';`,
    'apps/api/src/modules/stores/pure.spec.ts': `import './pure.js';`,
  },
  'the SPA imports only client, contracts and what webhook-verify has for a browser': {
    'apps/web/src/main.ts': `import '#platform/http/knows.js';`,
  },
  'in the SPA lib knows no component, feature or route': { 'apps/web/src/lib/knows.ts': `import '../components/part';` },
  'in the SPA a component knows no feature and no route': { 'apps/web/src/components/part.ts': `import '../features/team/team';` },
  'in the SPA a feature knows neither another feature nor a route': {
    'apps/web/src/features/team/team.ts': `import '../audit/audit';`,
    'apps/web/src/features/audit/audit.ts': `export const audit = 1;`,
  },
  'only repositories, entities, migrations and libs/platform/db see pg or typeorm': {
    'apps/api/src/modules/stores/stores.service.ts': `import type { Pool } from 'pg';`,
  },
  'a controller asks its service, not a repository': {
    'apps/api/src/modules/stores/stores.controller.ts': `import './stores.repository.js';`,
    'apps/api/src/modules/stores/stores.repository.ts': `import 'pg';`,
  },
  'only libs/platform/http and auth see Fastify': {
    'apps/api/src/modules/stores/reply.ts': `import type { FastifyReply } from 'fastify';`,
  },
  'nobody sees Express': { 'libs/platform/http/express.ts': `import type { Request } from 'express';` },
  'nobody imports @nestjs/swagger': { 'libs/platform/http/fields.ts': `import { ApiProperty } from '@nestjs/swagger';\nApiProperty();` },
  'the program imports no test': { 'libs/platform/mail/tests.ts': `import '../../../test/support/sink.js';` },
  'the program needs no development dependency': { 'libs/platform/mail/dev.ts': `import * as dev from 'fast-check';\ndev;` },
  '@aws-sdk: one place knows it': { 'apps/api/src/modules/stores/bucket.ts': `import '@aws-sdk/client-s3';` },
  'nodemailer: one place knows it': { 'apps/api/src/modules/stores/mail.ts': `import 'nodemailer';` },
  'bullmq, @nestjs/bullmq, ioredis: one place knows it': { 'apps/api/src/modules/stores/queue.ts': `import 'bullmq';` },
  'passport, passport-jwt: one place knows it': { 'apps/api/src/modules/stores/token.ts': `import 'passport-jwt';` },
  '@node-rs/argon2: one place knows it': { 'apps/api/src/modules/stores/password.ts': `import '@node-rs/argon2';` },
  'prom-client: one place knows it': { 'apps/api/src/modules/stores/count.ts': `import 'prom-client';` },
  'pino: one place knows it': { 'apps/api/src/modules/stores/log.ts': `import 'pino';` },
  '@fastify/static, @fastify/compress, helmet: one place knows it': { 'apps/api/src/modules/stores/pages.ts': `import '@fastify/static';` },
  'nothing is an orphan': { 'libs/platform/mail/alone.ts': `export const alone = 1;` },
  'every import leads somewhere': { 'libs/platform/mail/nowhere.ts': `import './gone.js';` },
};

/** Packages that the plants import: a name and an empty file are enough. */
const PACKAGES = ['pg', 'fastify', 'express', '@nestjs/common', '@nestjs/swagger', 'fast-check', '@aws-sdk/client-s3', 'nodemailer', 'bullmq', 'passport-jwt', '@node-rs/argon2', 'prom-client', 'pino', '@fastify/static']; // prettier-ignore

let root: string;
let violations: { rule: string; from: string }[];

beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'tenantry-rules-')));
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), `${text}\n`);
  };
  const { 'fast-check': dev, ...dependencies } = Object.fromEntries(PACKAGES.map((name) => [name, '1.0.0']));
  write('package.json', JSON.stringify({ name: 'planted', type: 'module', dependencies, devDependencies: { 'fast-check': dev } }));
  for (const name of PACKAGES) {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }));
    write(`node_modules/${name}/index.js`, 'module.exports = {};');
  }
  write('apps/api/src/modules/stores/index.ts', `export * from './stores.service.js';`);
  write('migrations/index.ts', 'export const MIGRATIONS = [];');
  write('test/support/sink.ts', 'export const sink = 1;');
  for (const files of Object.values(PLANTED)) for (const [path, text] of Object.entries(files)) write(path, text);
  violations = JSON.parse(
    execFileSync(process.execPath, [join(ROOT, 'scripts/arch.mjs'), '--root', root], { encoding: 'utf8' }),
  ) as typeof violations;
}, 60_000);
afterAll(() => rmSync(root, { recursive: true, force: true }));

it('every rule has a planted breach', () => {
  const { rulesFor } = createRequire(__filename)('../../../.dependency-cruiser.cjs') as { rulesFor(root: string): { name: string }[] };
  expect(rulesFor(root).map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(PLANTED)));
  expect(Object.keys(PLANTED)).toEqual(expect.arrayContaining(rulesFor(root).map(({ name }) => name)));
});

it.each(Object.entries(PLANTED))('sees the breach of: %s', (rule, files) => {
  const found = violations.filter((violation) => violation.rule === rule).map(({ from }) => from);
  const planted = Object.keys(files);
  expect(found.some((from) => planted.some((path) => path === from || path.startsWith(`${from}/`)))).toBe(true);
});
