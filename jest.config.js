import './test/support/resolve-typescript.mjs';
/**
 * jest 30 on Node 20 cannot require() the ESM-only Nest 12, so swc turns our TypeScript and the ESM packages named below into CommonJS.
 * Files under test therefore use neither `import.meta` nor top-level await. One project a kind of test; `npm run test:<kind>`.
 */
const swc = (syntax) => [
  '@swc/jest',
  {
    sourceMaps: 'inline',
    module: { type: 'commonjs' },
    swcrc: false,
    jsc: {
      target: 'es2023',
      parser:
        syntax === 'js' ? { syntax: 'ecmascript' } : { syntax: 'typescript', tsx: syntax === 'tsx', decorators: true, dynamicImport: true },
      transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false, react: { runtime: 'automatic' } },
      keepClassNames: true,
    },
  },
];
// @nestjs: ESM only. content-disposition: required by @fastify/static. get-nonce and the others: imported by our own code.
const ESM_PACKAGES = ['@nestjs', 'content-disposition', 'openapi-fetch', 'mime'];
const base = {
  testEnvironment: 'node',
  transform: { '^.+\\.ts$': swc('ts'), '^.+\\.tsx$': swc('tsx'), '^.+\\.m?js$': swc('js') },
  transformIgnorePatterns: [`/node_modules/(?!(${ESM_PACKAGES.join('|')})/)`],
  moduleNameMapper: {
    '^#platform/(.*)\\.js$': '<rootDir>/libs/platform/$1',
    '^#contracts/(.*)\\.js$': '<rootDir>/libs/contracts/$1',
    '^#webhook-verify/(.*)\\.js$': '<rootDir>/libs/webhook-verify/$1',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  modulePathIgnorePatterns: ['<rootDir>/dist/', '<rootDir>/.data/'],
  testPathIgnorePatterns: ['/node_modules/', '<rootDir>/dist/'],
};
const withDatabase = {
  ...base,
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  globalTeardown: '<rootDir>/test/support/global-teardown.ts',
};
const project = (displayName, testMatch, kind = base) => ({ ...kind, displayName, testMatch });

export default {
  maxWorkers: 2,
  // A hang still shows as a failure; a machine that does four things at once does not.
  testTimeout: 30_000,
  projects: [
    project('unit', ['<rootDir>/libs/**/*.spec.ts', '<rootDir>/apps/api/**/*.spec.ts']),
    project('web', ['<rootDir>/apps/web/src/**/*.spec.ts']),
    project('contract', ['<rootDir>/test/contract/**/*.spec.ts'], withDatabase),
    project('architecture', ['<rootDir>/test/architecture/**/*.spec.ts'], withDatabase),
    project('api', ['<rootDir>/test/api/**/*.spec.ts'], withDatabase),
    project('jobs', ['<rootDir>/test/jobs/**/*.spec.ts'], withDatabase),
    project('isolation', ['<rootDir>/test/isolation/**/*.spec.ts'], withDatabase),
    project('faults', ['<rootDir>/test/faults/**/*.spec.ts'], withDatabase),
    project('browser', ['<rootDir>/test/browser/**/*.spec.ts'], withDatabase),
  ],
};
