import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');
const text = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** `services:` by name, each with the lines of its own block. Our file is two spaces a level, so no parser is needed to see them. */
function services(compose: string): Map<string, string> {
  const [, body = ''] = /\nservices:\n([^]*?)\nvolumes:\n/.exec(compose) ?? [];
  const blocks = body.split(/^ {2}(?=[\w-]+:\n)/m).filter((block) => block.trim() !== '');
  return new Map(blocks.map((block) => [block.slice(0, block.indexOf(':')), block]));
}

/** Everything that would be wrong with a compose file; empty for ours. */
function composeFindings(compose: string): string[] {
  const found: string[] = [];
  const all = services(compose);
  for (const name of ['postgres', 'redis', 'storage', 'mail', 'migrate', 'api', 'worker', 'web'])
    if (!all.has(name)) found.push(`no service ${name}`);
  for (const name of ['api', 'worker'])
    if (!/migrate: \{ condition: service_completed_successfully \}/.test(all.get(name) ?? ''))
      found.push(`${name} does not wait for migrate`);
  for (const [name, block] of all) {
    if (!/healthcheck:|<<: \*app|restart: ["']no["']/.test(block)) found.push(`${name} has no healthcheck`);
    if (!/restart:|<<: \*app/.test(block)) found.push(`${name} does not say when it restarts`);
    for (const [port] of block.matchAll(/["'](?:[\d.]+:)?\d+:\d+["']/g))
      if (name !== 'web' && !port.slice(1).startsWith('127.0.0.1:')) found.push(`${name} opens ${port} to everybody`);
  }
  for (const [, image = ''] of compose.matchAll(/\bimage: ["']?([^\s"']+)/g))
    if (!/:[^:}]*\d/.test(image) || image.includes(':latest')) found.push(`${image} has no version`);
  if (!/image: postgres:(1[5-9])/.test(compose)) found.push('PostgreSQL is older than 15');
  if (!compose.includes('maxmemory-policy noeviction')) found.push('Redis may evict');
  for (const [line, name = '', value = ''] of compose.matchAll(/^\s+(\w*(?:PASSWORD|SECRET|_KEY)\w*): ["']?([^"'\n]+)["']?$/gm))
    if (!/^\$\{\w+:\?/.test(value) && !name.endsWith('ACCESS_KEY_ID')) found.push(`a secret has a value: ${line.trim()}`);
  return found;
}

function dockerfileFindings(dockerfile: string): string[] {
  const stages = dockerfile.split(/^FROM /m).slice(1);
  const last = stages.at(-1) ?? '';
  const rules: readonly (readonly [boolean, string])[] = [
    [stages.length >= 2, 'one stage only: development packages would be in the image'],
    [stages.every((stage) => /^node:\d+[\w.-]*\s/.test(stage)), 'a base image without version'],
    [/^USER (?!root|0)[a-z]+$/m.test(last), 'runs as root, or as a number without a name'],
    [/useradd|adduser/.test(last), 'the user has no passwd entry'],
    [/^HEALTHCHECK /m.test(last) && last.includes('/healthz'), 'no health check on /healthz'],
    [/^ENTRYPOINT \["\/usr\/bin\/tini"/m.test(last), 'no init process: signals and orphans'],
    [/npm ci --omit=dev/.test(dockerfile) && last.includes('COPY --from=packages'), 'development packages are not left out'],
    [!/^COPY \. /m.test(last), 'copies the whole tree into the image'],
    [!/\b(?:ARG|ENV) \w*(?:PASSWORD|SECRET|TOKEN)/.test(dockerfile), 'a secret as build argument or environment'],
    [/^ENV NODE_ENV=production/m.test(last), 'not in production mode'],
  ];
  return rules.filter(([holds]) => !holds).map(([, what]) => what);
}

describe('Dockerfile', () => {
  it('keeps the rules', () => expect(dockerfileFindings(text('Dockerfile'))).toEqual([]));
  it.each([
    ['USER tenantry', 'USER root', 'runs as root'],
    ['useradd', 'true', 'passwd entry'],
    ['HEALTHCHECK', '# HEALTHCHECK', 'health check'],
    [' --omit=dev', '', 'development packages'],
    ['ENV NODE_ENV=production', 'ENV JWT_SECRET=x', 'a secret'],
    ['FROM node:20-bookworm-slim\n', 'FROM node:latest\n', 'without version'],
  ])('is caught without %s', (present, instead, finding) => {
    const planted = dockerfileFindings(text('Dockerfile').replaceAll(present, instead));
    expect(planted.join('\n')).toContain(finding);
  });
  it('starts files that the build makes', () => {
    for (const [, entry = ''] of text('Dockerfile').matchAll(/dist\/(apps\/api\/src\/\w+)\.js/g))
      expect([entry, existsSync(join(ROOT, `${entry}.ts`))]).toEqual([entry, true]);
  });
  it('sends no secret, database or package of another machine to the engine', () => {
    expect(text('.dockerignore').split('\n')).toEqual(expect.arrayContaining(['.git', '.env', '.data', '**/node_modules', 'dist']));
  });
});

describe('docker-compose.yml', () => {
  it('keeps the rules', () => expect(composeFindings(text('docker-compose.yml'))).toEqual([]));
  it.each([
    ['migrate: { condition: service_completed_successfully }', '', 'does not wait for migrate'],
    ['postgres:16.10-bookworm', 'postgres:latest', 'has no version'],
    ['127.0.0.1:5432:5432', '5432:5432', 'to everybody'],
    ['${JWT_SECRET:?run node scripts/compose-env.mjs}', 'a-secret-that-everybody-knows-by-now', 'a secret has a value'],
    ['noeviction', 'allkeys-lru', 'may evict'],
    ['  mail:\n', '  post:\n', 'no service mail'],
  ])('is caught without %s', (present, instead, finding) => {
    expect(composeFindings(text('docker-compose.yml').replaceAll(present, instead)).join('\n')).toContain(finding);
  });
  it('asks for no variable that nothing writes', () => {
    const asked = [...text('docker-compose.yml').matchAll(/\$\{(\w+):\?/g)].map(([, name]) => name);
    const written = [...text('scripts/compose-env.mjs').matchAll(/^ {2}([A-Z_0-9]+): /gm)].map(([, name]) => name);
    expect([...new Set(asked)].sort()).toEqual([...written].sort());
  });
});

describe('deploy/nginx/tenantry.conf', () => {
  const conf = text('deploy/nginx/tenantry.conf');
  it('passes on what the API reads, and sets X-Forwarded-For anew, so that a caller cannot write it', () => {
    for (const header of ['Host $host', 'X-Forwarded-For $remote_addr', 'X-Forwarded-Proto $forwarded_proto', 'X-Request-ID $request_id'])
      expect(conf).toContain(`proxy_set_header ${header};`);
  });
  it('holds back no live update and shows no metrics', () => {
    expect(conf).toMatch(/location = \/api\/v1\/stream \{[^}]*proxy_buffering off;/);
    expect(conf).toContain('location = /metrics { return 404; }');
  });
  it('closes what it opens', () => {
    expect(conf.split('{').length).toBe(conf.split('}').length);
  });
});

describe('.github/workflows/ci.yml', () => {
  const workflow = text('.github/workflows/ci.yml');
  it('pins each action by its commit and may only read', () => {
    const uses = [...workflow.matchAll(/uses: (\S+)/g)].map(([, action]) => action ?? '');
    expect(uses.length).toBeGreaterThan(0);
    expect(uses.filter((action) => !/^[\w./-]+@[0-9a-f]{40}$/.test(action))).toEqual([]);
    expect(workflow).toMatch(/^permissions:\n {2}contents: read\n/m);
    expect(workflow).not.toMatch(/: write|pull_request_target|secrets\./);
  });
  it('limits the time of each job, and runs what .ci/run runs', () => {
    expect(workflow.split('runs-on:').length).toBe(workflow.split('timeout-minutes:').length);
    expect(workflow).toContain('run: .ci/run');
  });
});
