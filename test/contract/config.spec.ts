import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { configurationPage, envExample, variables } from '#platform/config/index.js';

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

it('.env.example holds no value of a secret', () => {
  for (const { name, secret } of variables()) if (secret) expect(envExample()).toContain(`# ${name}=\n`);
});
