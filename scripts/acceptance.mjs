// npm run acceptance [-- --summary | --strict | 000-27]: which rows of docs/acceptance-rows.json a green test shows.
// A test shows a row by its id at the start of its title: it('[000-27] accepts once …'), several ids as '[000-27] [000-28] …'.
// Reads what `npm test` and its kinds left in test/.results, and the titles in the spec files for what was not run.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { RESULTS, ROOT } from './steps.mjs';

const IDS_AT_START = /^(?:\[?\d{3}-\d{2,3}\]?(?:,| and)?\s*)+/;
const idsOf = (title) => IDS_AT_START.exec(title)?.[0].match(/\d{3}-\d{2,3}/g) ?? [];

/** id → the outcomes of the tests that name it. Of a test that ran in several runs the newest counts; a red one outweighs every green one. */
function outcomes() {
  const newest = new Map();
  for (const report of existsSync(RESULTS) ? readdirSync(RESULTS) : []) {
    if (!report.endsWith('.json')) continue;
    for (const { name, endTime, assertionResults } of JSON.parse(readFileSync(join(RESULTS, report), 'utf8')).testResults)
      for (const { fullName, title, ancestorTitles, status } of assertionResults) {
        const test = `${name} ${fullName}`;
        if ((newest.get(test)?.endTime ?? 0) <= endTime)
          newest.set(test, { endTime, status, ids: new Set([title, ...ancestorTitles].flatMap(idsOf)) });
      }
  }
  const seen = new Map();
  for (const { status, ids } of newest.values()) for (const id of ids) seen.set(id, [...(seen.get(id) ?? []), status]);
  return seen;
}

/** id → spec files that name it in a title. */
function named() {
  const found = new Map();
  const walk = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) {
        if (!['node_modules', 'dist', '.results'].includes(entry.name)) walk(path);
      } else if (entry.name.endsWith('.spec.ts'))
        for (const [, title] of readFileSync(path, 'utf8').matchAll(/\b(?:it|test|describe)\b[^'"`\n]{0,80}\(\s*['"`]([^'"`\n]+)/g))
          for (const id of idsOf(title)) found.set(id, [...(found.get(id) ?? []), relative(ROOT, path)]);
    }
  };
  for (const folder of ['test', 'libs', 'apps']) walk(join(ROOT, folder));
  return found;
}

const rows = JSON.parse(readFileSync(join(ROOT, 'docs/acceptance-rows.json'), 'utf8'));
const results = outcomes();
const titles = named();

function stateOf({ id }) {
  const all = results.get(id) ?? [];
  if (all.includes('failed')) return 'red';
  if (all.includes('passed')) return 'shown';
  return titles.has(id) ? 'not run' : 'no test';
}

const judged = rows.map((row) => ({ ...row, state: stateOf(row), seed: row.id.slice(0, 3) }));
const count = (list, state) => list.filter((row) => row.state === state).length;
const [option] = process.argv.slice(2);

const seeds = [...new Set(judged.map(({ seed }) => seed))];
const summary = seeds.map((seed) => {
  const perRelease = ['R1', 'R2', 'R3'].flatMap((release) => {
    const list = judged.filter((row) => row.seed === seed && row.release === release);
    if (list.length === 0) return [];
    const more = [count(list, 'red') && `${count(list, 'red')} red`, count(list, 'not run') && `${count(list, 'not run')} not run`].filter(
      Boolean,
    );
    return `${release} ${count(list, 'shown')} of ${list.length} shown${more.length > 0 ? ` (${more.join(', ')})` : ''}`;
  });
  return `seed ${seed}: ${perRelease.join(' · ')}`;
});

const missing = judged.filter(({ release, state }) => release === 'R1' && state !== 'shown');
if (/^\d{3}-\d{2,3}$/.test(option ?? '')) {
  for (const row of judged.filter(({ id }) => id === option))
    process.stdout.write(`${row.id} ${row.release} ${row.tag}: ${row.state}\n${row.text}\n${(titles.get(row.id) ?? []).join('\n')}\n`);
} else if (option === '--summary') process.stdout.write(`${summary.join('\n')}\n`);
else {
  for (const { id, release, state, text } of judged)
    if (state === 'shown') process.stdout.write(`${id} ${release} shown    ${text.slice(0, 100)}\n`);
  for (const { id, release, state, text } of judged)
    if (state !== 'shown') process.stdout.write(`${id} ${release} ${state.padEnd(8)} ${text.slice(0, 100)}\n`);
  process.stdout.write(`\n${summary.join('\n')}\nR1: ${missing.length} rows without a green test\n`);
}
if (option === '--strict' && missing.length > 0) process.exitCode = 1;
