// npm run arch: the rules of .dependency-cruiser.cjs over the tree. One line a violation; exit 1 if there is one.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cruise } from 'dependency-cruiser';
import { ROOT } from './steps.mjs';

const { forbidden, options } = createRequire(import.meta.url)('../.dependency-cruiser.cjs');

/**
 * Reads the imports of a tree and judges them.
 * @param {{ root?: string, rules?: readonly object[] }} [how] another tree of the same layout
 * @returns {Promise<{ modules: { source: string, dependencies: { resolved: string, dependencyTypes: string[] }[] }[], violations: { rule: string, from: string, to: string }[] }>}
 */
export async function readImports({ root = ROOT, rules = forbidden } = {}) {
  // As package.json "imports" say, but to the sources: the rules must hold before anything is built.
  const alias = { '#platform': join(root, 'libs/platform'), '#contracts': join(root, 'libs/contracts'), '#client': join(root, 'libs/client') };
  const { output } = await cruise(
    ['apps', 'libs', 'migrations'],
    { ...options, baseDir: root, validate: true, ruleSet: { forbidden: rules } },
    { alias, extensionAlias: { '.js': ['.ts', '.tsx', '.js', '.d.ts'] }, extensions: ['.ts', '.tsx', '.d.ts', '.js', '.mjs'], conditionNames: ['import', 'node', 'default'], exportsFields: ['exports'] },
  );
  const violations = output.summary.violations.map(({ rule, from, to, cycle }) => ({ rule: rule.name, from, to: cycle ? cycle.map(({ name }) => name).join(' → ') : to }));
  return { modules: output.modules, violations };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { modules, violations } = await readImports();
  for (const { rule, from, to } of violations) process.stderr.write(`${rule}: ${from}${to === from ? '' : ` → ${to}`}\n`);
  process.stdout.write(`${modules.length} files, ${forbidden.length} rules, ${violations.length} violations\n`);
  process.exitCode = violations.length === 0 ? 0 : 1;
}
