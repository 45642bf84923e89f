import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RULES } from './source/rules.js';
import { ROOT } from './source/tree.js';

/** `npm run gen module` in a copy of the tree: what it writes is what we would have to write by hand. */
describe('npm run gen module suppliers', () => {
  let root: string;
  let paths: string[];
  const node = (...args: string[]) => spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });

  beforeAll(() => {
    root = realpathSync(mkdtempSync(join(tmpdir(), 'tenantry-gen-')));
    for (const part of ['apps/api', 'libs', 'migrations', 'test/support', 'package.json', 'tsconfig.json', '.prettierrc.json'])
      cpSync(join(ROOT, part), join(root, part), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(root, 'node_modules'));
    paths = execFileSync(process.execPath, [join(ROOT, 'scripts/gen.mjs'), 'module', 'suppliers', '--root', root], {
      encoding: 'utf8',
    }).split('\n');
  }, 120_000);
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it('writes the anatomy of a module, its migration and its API spec', () => {
    expect(paths).toEqual(
      expect.arrayContaining([
        ...['index', 'suppliers.module', 'suppliers.controller', 'suppliers.dto', 'suppliers.service', 'suppliers.repository'].map(
          (name) => `apps/api/src/modules/suppliers/${name}.ts`,
        ),
        'test/api/suppliers.spec.ts',
        expect.stringMatching(/^migrations\/\d{13}-create-suppliers\.ts$/),
      ]),
    );
    expect(readFileSync(join(root, 'migrations/index.ts'), 'utf8')).toMatch(/import \{ (CreateSuppliers\d{13}) \}[^]*\n {2}\1,\n\];\n$/);
  });

  it('type-checks with the rest of the tree', () => {
    const { stdout, status } = node('node_modules/tsc7/bin/tsc', '-p', 'tsconfig.json', '--noEmit', '--incremental', 'false');
    expect(stdout).toBe('');
    expect(status).toBe(0);
  }, 120_000);

  it('is formatted and keeps the rules over the source', () => {
    const written = paths.filter((path) => /suppliers/.test(path) && path.endsWith('.ts'));
    expect(node('node_modules/prettier/bin/prettier.cjs', '--list-different', ...written).stdout).toBe('');
    const found = written
      .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))
      .flatMap((source) => RULES.filter(({ where }) => where(source.path)).flatMap(({ find }) => find(source)));
    expect(found).toEqual([]);
  }, 120_000);

  it('refuses a name that is no plural noun, and writes nothing twice', () => {
    expect(
      spawnSync(process.execPath, [join(ROOT, 'scripts/gen.mjs'), 'module', 'price-list', '--root', root], { encoding: 'utf8' }).stderr,
    ).toContain('plural noun');
    expect(
      spawnSync(process.execPath, [join(ROOT, 'scripts/gen.mjs'), 'module', 'suppliers', '--root', root], { encoding: 'utf8' }).stderr,
    ).toContain('EEXIST');
  });
});
