import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigRefused, readConfig, variables, type Environment } from './read.js';

const KEY = 'ab'.repeat(32);
const SECRET = 'a-secret-of-this-spec-with-40-characters';
const PRODUCTION: Environment = {
  NODE_ENV: 'production',
  DATABASE_URL: 'postgres://postgres:pw@db:5432/tenantry',
  JWT_SECRET: SECRET,
  ENCRYPTION_KEY: KEY,
  FRONTEND_URL: 'https://app.example',
  PLATFORM_HOSTS: 'ops.example',
  ROOT_DOMAIN: 'app.example',
  RESERVED_SUBDOMAINS: 'www',
};
const problemsOf = (env: Environment): readonly string[] => {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigRefused) return error.problems;
    throw error;
  }
};

describe('without a variable', () => {
  it('everything has its default, and nothing is to be complained about', () => {
    const { config, warnings } = readConfig({});
    expect(warnings).toEqual([]);
    expect(config).toMatchObject({ node_env: 'development', role: 'all', port: 3000, demo_data: true, api_docs: 'open', database_url: '' });
    expect(config.listen_host).toBe('127.0.0.1');
    expect(Object.isFrozen(config)).toBe(true);
  });
});

describe('in production', () => {
  it('starts with what it needs: no demo, no reference page, listening to everybody', () => {
    const { config } = readConfig(PRODUCTION);
    expect(config).toMatchObject({ production: true, demo_data: false, signup: 'off', api_docs: 'off', listen_host: '0.0.0.0' });
    expect(readConfig({ ...PRODUCTION, API_DOCS: 'open' }).config.api_docs).toBe('open');
  });

  it('names every problem at once', () => {
    const problems = problemsOf({
      NODE_ENV: 'production',
      JWT_SECRET: 'short',
      CORS_ORIGIN: '*',
      RBAC_ENFORCE_STRICT: 'false',
      DEMO_DATA: 'true',
    });
    for (const name of [
      'DATABASE_URL',
      'JWT_SECRET',
      'ENCRYPTION_KEY',
      'PLATFORM_HOSTS',
      'FRONTEND_URL',
      'CORS_ORIGIN',
      'RBAC_ENFORCE_STRICT',
      'DEMO_DATA',
    ])
      expect(problems.join('\n')).toContain(name);
  });

  it.each(variables().filter(({ required_in_production }) => required_in_production))('$name is required', ({ name }) => {
    expect(problemsOf({ ...PRODUCTION, [name]: undefined })).toEqual([`${name} is required in production`]);
  });
});

describe.each(variables().filter(({ secret, chosen, pattern }) => secret && !chosen && !pattern))('secret $name', ({ name }) => {
  it('is at least 32 bytes, and no placeholder', () => {
    expect(problemsOf({ [name]: 'z'.repeat(31) })).toEqual([`${name} is shorter than 32 bytes`]);
    expect(problemsOf({ [name]: 'z'.repeat(32) })).toEqual([]);
    for (const placeholder of [
      'change-me',
      'CHANGEME',
      '<secret>',
      'your-secret-here-please-32-characters!',
      'generate-one-with-openssl-rand-hex-32',
    ])
      expect(problemsOf({ [name]: placeholder })).toEqual([`${name} is a placeholder: set a value of your own`]);
  });

  it('can be read from a file, and is given one way', () => {
    const folder = mkdtempSync(join(tmpdir(), 'tenantry-config-'));
    const file = join(folder, 'secret');
    writeFileSync(file, `${SECRET}\n`);
    try {
      expect(problemsOf({ [`${name}_FILE`]: file })).toEqual([]);
      expect(problemsOf({ [`${name}_FILE`]: file, [name]: SECRET })).toEqual([`${name} and ${name}_FILE are both set: keep one`]);
      expect(problemsOf({ [`${name}_FILE`]: join(folder, 'absent') })).toEqual([expect.stringContaining(`${name}_FILE cannot be read`)]);
      expect(Object.values(readConfig({ [`${name}_FILE`]: file }).config).flat()).toContain(SECRET);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe.each(variables())('$name', ({ name, type, min, max, values }) => {
  const refused: readonly string[] = {
    int: ['abc', '1.5', String((min ?? 0) - 1), ...(max === undefined ? [] : [String(max + 1)])],
    number: ['abc', String((min ?? 0) - 1), ...(max === undefined ? [] : [String(max + 1)])],
    boolean: ['maybe'],
    enum: [`${values?.[0]}x`],
    url: ['not a url'],
    string: [],
    list: [],
  }[type];
  if (refused.length > 0)
    it.each(refused)('refuses %j by name', (value) => {
      expect(problemsOf({ [name]: value }).filter((problem) => problem.startsWith(name))).not.toEqual([]);
    });
  else it('takes a text', () => expect(problemsOf({}).filter((problem) => problem.startsWith(name))).toEqual([]));
});

describe('variables that belong together', () => {
  it('REDIS_ENABLED with host and password is another way to say REDIS_URL', () => {
    expect(readConfig({ REDIS_ENABLED: 'true', REDIS_HOST: 'cache', REDIS_PORT: '6380', REDIS_PASSWORD: 'p@ss' }).config.redis_url).toBe(
      'redis://:p%40ss@cache:6380',
    );
  });
  it('S3_BUCKET alone names what is missing', () => {
    expect(problemsOf({ S3_BUCKET: 'files' }).join('\n')).toMatch(/AWS_REGION[^]*AWS_ACCESS_KEY_ID[^]*AWS_SECRET_ACCESS_KEY/);
  });
  it('switches that other systems had have no effect, and say so', () => {
    const { warnings } = readConfig({ ALLOW_DEFAULT_TENANT: 'true', TENANT_ISOLATION_STRICT: 'false' });
    expect(warnings).toEqual([
      expect.stringContaining('ALLOW_DEFAULT_TENANT has no effect'),
      expect.stringContaining('TENANT_ISOLATION_STRICT has no effect'),
    ]);
  });
  it('a name of ours that is not known is said, with the nearest one', () => {
    expect(readConfig({ TENANTRY_ROL: 'api' }).warnings).toEqual(['TENANTRY_ROL is not known: did you mean TENANTRY_ROLE?']);
  });
});
