import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import ts from 'typescript';

export const ROOT = resolve(__dirname, '../../..');
const SKIPPED = new Set(['node_modules', 'dist', '.git', '.data', '.results', 'coverage', 'out']);

/** A file of the tree: its path from the root, with `/`, and its text. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

/** Every file below the folders named, in order of path. */
export function filesBelow(...folders: readonly string[]): string[] {
  const walk = (folder: string): string[] =>
    readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
      if (SKIPPED.has(entry.name)) return [];
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      return entry.isDirectory() ? walk(path) : [path];
    });
  return folders.flatMap(walk).sort();
}

export const read = (path: string): Source => ({ path, text: readFileSync(join(ROOT, path), 'utf8') });

let code: Source[] | null = null;
/** All TypeScript that people wrote. */
export const typescriptFiles = (): readonly Source[] =>
  (code ??= filesBelow('apps', 'libs', 'migrations', 'test')
    .filter((path) => /\.tsx?$/.test(path) && !path.endsWith('.d.ts') && !path.includes('/client/generated'))
    .map(read));

const trees = new WeakMap<Source, ts.SourceFile>();

export function treeOf(source: Source): ts.SourceFile {
  const known = trees.get(source);
  if (known) return known;
  const kind = source.path.endsWith('x') ? ts.ScriptKind.TSX : ts.ScriptKind.TS;
  const tree = ts.createSourceFile(source.path, source.text, ts.ScriptTarget.ES2023, true, kind);
  trees.set(source, tree);
  return tree;
}

/** Visits every node; what `see` answers is a finding there. */
export function findings(source: Source, see: (node: ts.Node) => string | null | false | undefined): string[] {
  const tree = treeOf(source);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const what = see(node);
    if (what) found.push(`${source.path}:${tree.getLineAndCharacterOfPosition(node.getStart(tree)).line + 1} ${what}`);
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return found;
}

/** Lines of the text that match. */
export function lines(source: Source, pattern: RegExp): string[] {
  return source.text
    .split('\n')
    .flatMap((line, index) => (pattern.test(line) ? [`${source.path}:${index + 1} ${line.trim().slice(0, 120)}`] : []));
}

/** What a file imports: module and names, types too. `*` for a namespace. */
export function importsOf(source: Source): { from: string; names: string[] }[] {
  return treeOf(source).statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return [];
    if (!statement.moduleSpecifier || !ts.isStringLiteral(statement.moduleSpecifier)) return [];
    const bindings = ts.isImportDeclaration(statement) ? statement.importClause?.namedBindings : statement.exportClause;
    const names =
      bindings && 'elements' in bindings ? bindings.elements.map((element) => (element.propertyName ?? element.name).text) : ['*'];
    return [{ from: statement.moduleSpecifier.text, names }];
  });
}
