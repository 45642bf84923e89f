import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');
const text = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const pages = [
  ...readdirSync(ROOT).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(ROOT, 'docs'), { recursive: true }).map((path) => `docs/${String(path)}`).filter((path) => path.endsWith('.md')),
]; // prettier-ignore
const scripts = Object.keys((JSON.parse(text('package.json')) as { scripts: Record<string, string> }).scripts);

/** `npm run x` and `npm x` of a text, `test:x` after `·` in a table of commands included. */
const commandsIn = (page: string): string[] => [
  ...[...page.matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name ?? ''),
  ...[...page.matchAll(/`((?:test|db|seed|config):[\w:]+)`/g)].map(([, name]) => name ?? ''),
  ...[...page.matchAll(/npm (start|test)\b/g)].map(([, name]) => name ?? ''),
];
const linksIn = (page: string): string[] =>
  [...page.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/g)].map(([, link]) => link ?? '').filter((link) => !/^(https?:|mailto:)/.test(link));
const filesIn = (page: string): string[] =>
  [...page.matchAll(/`((?:apps|libs|docs|scripts|test|deploy|migrations)\/[\w./-]+\.\w+)`/g)].map(([, path]) => path ?? '');

describe.each(pages)('%s', (path) => {
  const page = text(path);
  it('names npm scripts that exist', () => expect(commandsIn(page).filter((name) => !scripts.includes(name))).toEqual([]));
  it('links to what is there', () => expect(linksIn(page).filter((link) => !existsSync(join(ROOT, dirname(path), link)))).toEqual([]));
  it('names files that exist', () => expect(filesIn(page).filter((file) => !existsSync(join(ROOT, file)))).toEqual([]));
  if (/^docs\/decisions\/\d/.test(path))
    it('is a page at most', () => {
      expect(page.split('\n').length).toBeLessThanOrEqual(60);
      expect(page).toMatch(/^# \d{4} \S/);
    });
});

it('sees a script, a link and a file that are not there', () => {
  const page = '`npm run gone` `test:gone` [gone](gone.md) `docs/gone.md`';
  expect(commandsIn(page)).toEqual(['gone', 'test:gone']);
  expect(linksIn(page)).toEqual(['gone.md']);
  expect(filesIn(page)).toEqual(['docs/gone.md']);
});

it('decisions are numbered without a gap', () => {
  const numbers = readdirSync(join(ROOT, 'docs/decisions')).filter((name) => /^\d/.test(name)).sort().map((name) => Number(name.slice(0, 4))); // prettier-ignore
  expect(numbers).toEqual(numbers.map((_, index) => index + 1));
});

it('every npm script starts a file that exists', () => {
  const { scripts: all } = JSON.parse(text('package.json')) as { scripts: Record<string, string> };
  for (const command of Object.values(all))
    for (const [, file = ''] of command.matchAll(/node ((?:scripts|test)\/[\w./-]+)/g))
      expect([file, existsSync(join(ROOT, file))]).toEqual([file, true]);
});

describe('docs/acceptance-rows.json', () => {
  const rows = JSON.parse(text('docs/acceptance-rows.json')) as { id: string; release: string; tag: string; text: string }[];
  it('has each row once, with its release and where it comes from', () => {
    expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
    expect(
      rows.filter(
        ({ id, release, tag, text: row }) =>
          !/^\d{3}-\d{2,3}$/.test(id) || !/^R[123]$/.test(release) || !/^(stated|implied|found)$/.test(tag) || row.length < 10,
      ),
    ).toEqual([]);
  });
  it('knows every id that a test names', () => {
    const known = new Set(rows.map(({ id }) => id));
    const specs = ['test', 'libs', 'apps']
      .flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true }).map((path) => `${folder}/${String(path)}`))
      .filter((path) => path.endsWith('.spec.ts') && !path.includes('node_modules'));
    const named = specs.flatMap((path) =>
      [...text(path).matchAll(/\b(?:it|test|describe)[\w.]*\(\s*['"`](\d{3}-\d{2,3})\b/g)].map(([, id]) => id ?? ''),
    );
    expect(named.filter((id) => !known.has(id))).toEqual([]);
  });
});
