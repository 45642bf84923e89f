// npm run graph [-- --check]: the module graph, read from the imports, between two marks of docs/architecture.md; or says that it is stale.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readImports } from './arch.mjs';
import { ROOT } from './steps.mjs';

const PAGE = 'docs/architecture.md';
const BEGIN = '<!-- graph: written by `npm run graph` -->';
const END = '<!-- /graph -->';

/** A file's box: a module of the API, a part of the platform, or a whole library. */
function boxOf(path) {
  return /^apps\/api\/src\/modules\/([^/]+)\//.exec(path)?.[1] ?? null;
}
/** Parts of the platform that are drawn with their edges. */
const partOf = (path) => /^libs\/platform\/([^/]+)\//.exec(path)?.[1] ?? null;

function edges(modules, of) {
  const found = new Set();
  for (const { source, dependencies } of modules) {
    if (source.endsWith('.spec.ts')) continue;
    const from = of(source);
    if (from === null) continue;
    for (const { resolved } of dependencies) {
      const to = of(resolved);
      if (to !== null && to !== from) found.add(`${from} --> ${to}`);
    }
  }
  return [...found].sort();
}

function boxes(modules, of) {
  return [...new Set(modules.map(({ source }) => of(source)).filter((box) => box !== null))].sort();
}

/** Mermaid, in order of names: the same tree always gives the same text. */
export function graphOf(modules) {
  const draw = (title, of) =>
    [
      '```mermaid',
      `---\ntitle: ${title}\n---`,
      'graph TD',
      ...boxes(modules, of).map((box) => `  ${box}`),
      ...edges(modules, of).map((edge) => `  ${edge}`),
      '```',
    ].join('\n');
  return `${draw('Modules of the API', boxOf)}\n\n${draw('Parts of the platform', partOf)}`;
}

const page = readFileSync(join(ROOT, PAGE), 'utf8');
const [before, rest] = page.split(BEGIN);
const after = rest?.split(END)[1];
if (rest === undefined || after === undefined) throw new Error(`${PAGE} has no marks for the graph`);
const fresh = `${before}${BEGIN}\n${graphOf((await readImports({ rules: [] })).modules)}\n${END}${after}`;
if (fresh === page) process.stdout.write(`${PAGE} shows the imports as they are\n`);
else if (process.argv.includes('--check')) {
  process.stderr.write(`${PAGE} is stale: npm run graph\n`);
  process.exitCode = 1;
} else {
  writeFileSync(join(ROOT, PAGE), fresh);
  process.stdout.write(`wrote the graph to ${PAGE}\n`);
}
