// Who may import whom, as sentences. `npm run arch` checks the tree; test/architecture/source/dependencies.spec.ts plants a violation of each.
const { existsSync, readdirSync } = require('node:fs');
const { join } = require('node:path');

const MODULES = '^apps/api/src/modules';
const npm = (...names) => `^node_modules/(${names.join('|')})/`;

/** Programs that speak to the world, and the one place that knows each. */
const HOMES = {
  '@aws-sdk': '^libs/platform/storage/',
  nodemailer: '^libs/platform/mail/',
  'bullmq|@nestjs/bullmq|ioredis': '^libs/platform/(queue|stream)/|^libs/platform/db/migrations/queue\\.ts$',
  'passport|passport-jwt': '^libs/platform/auth/',
  '@node-rs/argon2': '^libs/platform/crypto/',
  'prom-client': '^libs/platform/metrics/',
  pino: '^libs/platform/logging/',
  '@fastify/static|@fastify/compress|helmet': '^libs/platform/http/|^apps/api/src/boot/',
};

/** Files of modules with a spec beside them: what a test reaches by arguments alone. */
function pureFiles(root) {
  const folder = join(root, 'apps/api/src/modules');
  const files = existsSync(folder) ? readdirSync(folder, { recursive: true }).map((path) => String(path).replaceAll('\\', '/')) : [];
  return files.filter((path) => path.endsWith('.spec.ts')).map((path) => `${MODULES}/${path.replace(/\.spec\.ts$/, '\\.ts$')}`);
}

function rulesFor(root) {
  return [
    {
      name: 'a module imports another only through its index.ts',
      severity: 'error',
      from: { path: `${MODULES}/([^/]+)/` },
      to: { path: `${MODULES}/[^/]+/`, pathNot: [`${MODULES}/$1/`, `${MODULES}/[^/]+/index\\.ts$`] },
    },
    {
      name: 'the rest of the application knows a module by its index.ts',
      severity: 'error',
      from: { path: '^apps/api/src/', pathNot: `${MODULES}/` },
      to: { path: `${MODULES}/[^/]+/`, pathNot: `${MODULES}/[^/]+/index\\.ts$` },
    },
    {
      name: 'the module graph has no circle',
      severity: 'error',
      scope: 'folder',
      from: { path: `${MODULES}/[^/]+$` },
      to: { circular: true },
    },
    {
      // A service arms its job and the job calls its service, both when they run: a circle through a .jobs.ts is harmless.
      name: 'no file needs itself to be loaded',
      severity: 'error',
      from: { path: '^(apps|libs)/' },
      to: { circular: true, viaOnly: { pathNot: '\\.jobs\\.ts$', dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'the platform knows no module',
      severity: 'error',
      from: { path: '^libs/' },
      to: { path: '^(apps|migrations|test|scripts)/' },
    },
    {
      name: 'contracts import nothing',
      severity: 'error',
      from: { path: '^libs/contracts/' },
      to: { pathNot: '^libs/contracts/' },
    },
    {
      name: 'webhook-verify imports nothing but node:crypto',
      severity: 'error',
      from: { path: '^libs/webhook-verify/', pathNot: '\\.spec\\.ts$' },
      to: { pathNot: ['^libs/webhook-verify/', '^(node:)?crypto$'] },
    },
    {
      name: 'what a browser loads of webhook-verify knows no Node',
      severity: 'error',
      from: { path: '^libs/webhook-verify/', pathNot: ['\\.spec\\.ts$', '^libs/webhook-verify/index\\.ts$'] },
      to: { path: ['^(node:)?crypto$', '^libs/webhook-verify/index\\.ts$'] },
    },
    {
      name: 'a pure file of a module knows only its arguments',
      severity: 'error',
      from: { path: pureFiles(root).length > 0 ? pureFiles(root) : '^$' },
      to: {
        path: [
          npm('@nestjs', 'typeorm', 'pg', 'bullmq', 'fastify'),
          '^(node:)?(fs|fs/promises|http|https|child_process|timers|timers/promises)$',
          '^libs/platform/config/',
        ],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'the SPA imports only client, contracts and what webhook-verify has for a browser',
      severity: 'error',
      from: { path: '^apps/web/src/' },
      to: {
        path: '^(libs|apps|migrations|test|scripts)/',
        pathNot: ['^apps/web/', '^libs/(client|contracts)/', '^libs/webhook-verify/(web|snippets)\\.ts$'],
      },
    },
    {
      name: 'in the SPA lib knows no component, feature or route',
      severity: 'error',
      from: { path: '^apps/web/src/lib/' },
      to: { path: '^apps/web/src/(components|features|routes)/' },
    },
    {
      name: 'in the SPA a component knows no feature and no route',
      severity: 'error',
      from: { path: '^apps/web/src/components/' },
      to: { path: '^apps/web/src/(features|routes)/' },
    },
    {
      name: 'in the SPA a feature knows neither another feature nor a route',
      severity: 'error',
      from: { path: '^apps/web/src/features/([^/]+)/' },
      to: { path: '^apps/web/src/(features|routes)/', pathNot: '^apps/web/src/features/$1/' },
    },
    {
      // embedded/orphan.ts asks a server who it is; notifications.ts holds the one LISTEN; boot/database.ts prepares a server before there is a pool.
      name: 'only repositories, entities, migrations and libs/platform/db see pg or typeorm',
      severity: 'error',
      from: {
        path: '^(apps|libs)/',
        pathNot: [
          '\\.(repository|entities|spec)\\.ts$',
          '^libs/platform/db/',
          '^libs/platform/embedded/orphan\\.ts$',
          '^libs/platform/stream/notifications\\.ts$',
          '^apps/api/src/(cli|boot/database)\\.ts$',
        ],
      },
      to: { path: npm('pg', 'typeorm', '@types/pg') },
    },
    {
      name: 'a controller asks its service, not a repository',
      severity: 'error',
      from: { path: '\\.controller\\.ts$' },
      to: { path: '\\.repository\\.ts$' },
    },
    {
      name: 'only libs/platform/http and auth see Fastify',
      severity: 'error',
      from: {
        path: '^(apps|libs)/',
        pathNot: ['^libs/platform/(http|auth)/', '^libs/platform/stream/stream\\.controller\\.ts$', '^apps/api/src/boot/', '\\.spec\\.ts$'],
      },
      to: { path: npm('fastify', '@nestjs/platform-fastify') },
    },
    {
      name: 'nobody sees Express',
      severity: 'error',
      from: {},
      to: { path: '(^|/)(express|@types/express|@nestjs/platform-express)(/|$)' },
    },
    {
      // 500 ms of imports and a decorator on every field; libs/platform/openapi reads the same facts in 150 lines (docs/decisions/0004).
      name: 'nobody imports @nestjs/swagger',
      severity: 'error',
      from: {},
      to: { path: npm('@nestjs/swagger') },
    },
    {
      name: 'the program imports no test',
      severity: 'error',
      from: { path: '^(apps|libs|migrations)/', pathNot: '\\.spec\\.tsx?$' },
      to: { path: ['^test/', '\\.spec\\.tsx?$'] },
    },
    {
      name: 'the program needs no development dependency',
      severity: 'error',
      from: { path: '^(apps/api|libs|migrations)/', pathNot: '\\.spec\\.ts$' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg'], dependencyTypesNot: ['type-only', 'pre-compilation-only'] },
    },
    ...Object.entries(HOMES).map(([names, home]) => ({
      name: `${names.replaceAll('|', ', ')}: one place knows it`,
      severity: 'error',
      from: { path: '^(apps|libs)/', pathNot: [home, '\\.spec\\.ts$'] },
      to: { path: npm(names) },
    })),
    {
      name: 'nothing is an orphan',
      severity: 'error',
      from: { orphan: true, path: '^(apps/(api|web)/src|libs)/', pathNot: '\\.d\\.ts$' },
      to: {},
    },
    { name: 'every import leads somewhere', severity: 'error', from: { path: '^(apps|libs|migrations)/' }, to: { couldNotResolve: true } },
  ];
}

/** @type {import('dependency-cruiser').IConfiguration & { rulesFor: typeof rulesFor }} */
module.exports = {
  rulesFor,
  forbidden: rulesFor(__dirname),
  options: {
    doNotFollow: { path: ['node_modules', 'dist'] },
    exclude: { path: '^(dist|\\.data)/' },
    tsPreCompilationDeps: true,
    combinedDependencies: true,
  },
};
