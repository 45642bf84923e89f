// npm run arch: the rules of .dependency-cruiser.cjs over the tree. One line a violation; exit 1 if there is one.
// `--root <folder>` (tests): another tree, and the violations as JSON.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { cruise } from 'dependency-cruiser';
import { ROOT } from './steps.mjs';

const { rulesFor, options } = createRequire(import.meta.url)('../.dependency-cruiser.cjs');

/**
 * Reads the imports of a tree and judges them.
 * @param {{ root?: string, rules?: readonly object[] }} [how] another tree of the same layout
 * @returns {Promise<{ modules: { source: string, dependencies: { resolved: string, dependencyTypes: string[] }[] }[], violations: { rule: string, from: string, to: string }[] }>}
 */
export async function readImports({ root = ROOT, rules = rulesFor(root) } = {}) {
  // As package.json "imports" say, but to the sources: the rules must hold before anything is built.
  const alias = {
    '#platform': join(root, 'libs/platform'),
    '#contracts': join(root, 'libs/contracts'),
    '#client': join(root, 'libs/client'),
    '#webhook-verify': join(root, 'libs/webhook-verify'),
  };
  const { output } = await cruise(
    ['apps', 'libs', 'migrations'],
    { ...options, baseDir: root, validate: true, ruleSet: { forbidden: rules } },
    {
      alias,
      extensionAlias: { '.js': ['.ts', '.tsx', '.js', '.d.ts'] },
      extensions: ['.ts', '.tsx', '.d.ts', '.js', '.mjs', '.json'],
      conditionNames: ['import', 'node', 'default'],
      exportsFields: ['exports'],
    },
  );
  const violations = output.summary.violations.map(({ rule, from, to, cycle }) => ({
    rule: rule.name,
    from,
    to: cycle ? cycle.map(({ name }) => name).join(' → ') : to,
  }));
  return { modules: output.modules, violations };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [, root] = process.argv.slice(2);
  const { modules, violations } = await readImports(root ? { root } : {});
  if (root) process.stdout.write(JSON.stringify(violations));
  else report(modules, violations);
}

function report(modules, violations) {
  for (const { rule, from, to } of violations) process.stderr.write(`${rule}: ${from}${to === from ? '' : ` → ${to}`}\n`);
  process.stdout.write(`${modules.length} files, ${rulesFor(ROOT).length} rules, ${violations.length} violations\n`);
  process.exitCode = violations.length === 0 ? 0 : 1;
}
