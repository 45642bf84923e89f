import ts from 'typescript';
import { findings, importsOf, typescriptFiles, type Source } from './tree.js';

/** What is legal only where somebody looked at it. A new line here is a decision that a reviewer sees. */

/** Files that can read rows of every tenant. Handlers of a tenant's job are not among them: they run with the scope of their envelope. */
const PLATFORM_DB: readonly string[] = [];

/** Files that make a scope out of nothing: the guard, sign-in before there is a caller, the envelope of a job, operators. */
const SCOPE_MAKERS: readonly string[] = [];

/** Reads that leave the stores of the caller aside, each with the reason it gives. */
const WHOLE_TENANT: readonly string[] = [];

const program = typescriptFiles().filter(
  ({ path }) => /^(apps\/api\/src|libs)\//.test(path) && !path.endsWith('.spec.ts') && !path.startsWith('libs/platform/db/'),
);

const importers = (sources: readonly Source[], matches: (from: string, names: readonly string[]) => boolean): string[] =>
  sources.filter((source) => importsOf(source).some(({ from, names }) => matches(from, names))).map(({ path }) => path);

const platformDb = (sources: readonly Source[]): string[] =>
  importers(sources, (from, names) => names.includes('PlatformDb') || from.endsWith('/platform-db.js'));
const scopeMakers = (sources: readonly Source[]): string[] => importers(sources, (from) => from.endsWith('/scope-factory.js'));
const wholeTenant = (sources: readonly Source[]): string[] =>
  sources.flatMap((source) =>
    findings(source, (node) => {
      if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression) || node.expression.name.text !== 'wholeTenant')
        return null;
      const [reason] = node.arguments;
      return reason && ts.isStringLiteralLike(reason) ? reason.text : 'the reason is not a text';
    }).map((found) => found.replace(/:\d+ /, ': ')),
  );

it('files that import PlatformDb are those listed', () => {
  expect(platformDb(program)).toEqual(PLATFORM_DB);
});

it('files that make a scope are those listed', () => {
  expect(scopeMakers(program)).toEqual(SCOPE_MAKERS);
});

it('reads of the whole tenant are those listed', () => {
  expect(wholeTenant(program)).toEqual(WHOLE_TENANT);
});

it('sees one that is not listed', () => {
  const planted: Source[] = [
    { path: 'a.ts', text: `import { sql, PlatformDb as Db } from '#platform/db/index.js';` },
    { path: 'b.ts', text: `import { makeTenantScope } from '#platform/db/scope-factory.js';` },
    { path: 'c.ts', text: `await this.rows.read(scope.wholeTenant('to count'));` },
    { path: 'd.ts', text: `await this.rows.read(scope.wholeTenant(why));` },
  ];
  expect(platformDb(planted)).toEqual(['a.ts']);
  expect(scopeMakers(planted)).toEqual(['b.ts']);
  expect(wholeTenant(planted)).toEqual(['c.ts: to count', 'd.ts: the reason is not a text']);
});
