import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { TOGGLE_MODULES } from '#contracts/modules.js';
import { configurationPage, envExample, readConfig, variables } from '#platform/config/index.js';
import { guide } from '../support/guides.js';
import { rowOf } from '../support/rows.js';

const ROOT = resolve(__dirname, '../..');
const text = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
/** Read by tools around the process, or said only to be refused or warned about. */
const READ_ELSEWHERE = new Set(['allow_default_tenant', 'tenant_isolation_strict', 'rbac_enforce_strict', 'authz_mode', 'database_type']);

it('.env.example is what the config class says (npm run config:docs)', () => expect(text('.env.example')).toBe(envExample()));
it('docs/configuration.md is what the config class says (npm run config:docs)', () =>
  expect(text('docs/configuration.md')).toBe(configurationPage()));

it('no variable is declared twice, and each says what it does in a sentence', () => {
  const names = variables().flatMap(({ name, aliases }) => [name, ...(aliases ?? [])]);
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  expect(names.filter((name) => !/^[A-Z][A-Z0-9_]*$/.test(name))).toEqual([]);
  expect(variables().filter(({ about }) => about.length < 10)).toEqual([]);
});

it('every variable is used: what nothing reads promises something that does not happen', () => {
  const code = ['apps/api/src', 'libs']
    .flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true }).map((path) => `${folder}/${String(path)}`))
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.spec.ts') && !path.endsWith('.d.ts'))
    .map((path) => (path === 'libs/platform/config/config.ts' ? text(path).replace(/readonly \w+:/g, '') : text(path)))
    .join('\n');
  const unused = variables().filter(({ property }) => !READ_ELSEWHERE.has(property) && !new RegExp(`\\b${property}\\b`).test(code));
  expect(unused.map(({ name }) => name)).toEqual([]);
});

describe('the variables that the tenancy guide prints', () => {
  const printed = Object.fromEntries(
    [...guide('tenancy-guide.env').matchAll(/^([A-Z_]+)=(.*?)(?:\s+#.*)?$/gm)].map(([, name = '', value = '']) => [name, value]),
  );
  /** With values in the place of the placeholders, PostgreSQL, and what the guide does not know to be needed. */
  const given = {
    ...printed, DATABASE_TYPE: 'postgres', DATABASE_URL: 'postgres://user:pass@host:5432/dbname', JWT_SECRET: 'a-secret-of-this-spec-with-40-characters', REDIS_PASSWORD: 'hunter2',
    ENCRYPTION_KEY: 'ab'.repeat(32), FRONTEND_URL: 'https://your-domain.com', PLATFORM_HOSTS: 'ops.your-domain.com', ROOT_DOMAIN: 'your-domain.com', RESERVED_SUBDOMAINS: 'www',
  }; // prettier-ignore

  it(`${rowOf('004-01', 'webhooks')}are honoured, or explained in one line at start`, () => {
    const { config, warnings } = readConfig({ ...given, TENANT_ISOLATION_STRICT: 'false' });
    expect(config).toMatchObject({
      production: true, port: 3001, database_url: given.DATABASE_URL, jwt_secret: given.JWT_SECRET, jwt_access_ttl: 3_600, tenant_subdomain_enabled: false,
      rbac_audit_logging: true, rbac_metrics_enabled: true, redis_url: 'redis://:hunter2@localhost:6379', metrics_enabled: true, metrics_port: 9_090,
      cors_origin: ['https://your-domain.com'], log_level: 'info', log_format: 'json',
    }); // prettier-ignore
    const known = new Set(variables().map(({ name }) => name));
    const said = (name: string): string[] => warnings.filter((line) => line.startsWith(`${name} `));
    for (const name of Object.keys(printed)) expect([name, known.has(name) || said(name).length === 1]).toEqual([name, true]);
    for (const name of ['ALLOW_DEFAULT_TENANT', 'TENANT_ISOLATION_STRICT', 'DATABASE_PATH'])
      expect(said(name)).toEqual([expect.stringContaining('has no effect')]);
    expect(said('JWT_EXPIRY')).toEqual([expect.stringContaining('capped at one hour')]);
    expect(warnings.filter((line) => line.includes('is not known')).map((line) => line.split('_')[0])).toEqual(
      TOGGLE_MODULES.webhooks.built ? [] : Array<string>(4).fill('WEBHOOK'),
    );
  });

  it('stop the start where they cannot be meant: SQLite, and secrets that are still placeholders', () => {
    const refusal = (() => {
      try {
        return readConfig({ ...given, ...printed }).warnings.join();
      } catch (error) {
        return (error as Error).message;
      }
    })();
    expect(refusal).toContain('DATABASE_TYPE=sqlite is not supported');
    for (const name of ['JWT_SECRET', 'REDIS_PASSWORD']) expect(refusal).toContain(`${name} is a placeholder`);
  });
});

it('.env.example holds no value of a secret', () => {
  for (const { name, secret } of variables()) if (secret) expect(envExample()).toContain(`# ${name}=\n`);
});
