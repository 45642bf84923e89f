// npm run db:new -- add-webhook-lanes: a migration skeleton, registered in migrations/index.ts.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from './steps.mjs';

/** `add-webhook-lanes` → file name, class name and text. The class ends in the time, which is the order. */
export function migration(name, time, table = 'things') {
  const className = `${name.replace(/(?:^|-)([a-z0-9])/g, (_, letter) => letter.toUpperCase())}${time}`;
  const noun = table.replace(/s$/, '');
  return {
    file: `${time}-${name}.ts`,
    className,
    text: `import type { QueryRunner } from 'typeorm';
import { dropTables, tenantTable, type Migration } from '#platform/db/migrations/index.js';

/** Why this change: one sentence. */
export class ${className} implements Migration {
  readonly name = '${className}';
  readonly phase = 'expand';

  async up(db: QueryRunner): Promise<void> {
    await tenantTable(db, '${table}', {
      columns: \`
        ${noun}_id uuid not null,
        name text not null check (char_length(name) between 1 and 200)\`,
      key: ['${noun}_id'],
      references: [{ columns: [], to: 'tenants' }],
      versioned: true,
      app: 'select, insert, update(name), delete',
    });
  }

  async down(db: QueryRunner): Promise<void> {
    await dropTables(db, '${table}');
  }
}
`,
  };
}

/** migrations/index.ts with one more import and one more entry. */
export function registered(index, { file, className }) {
  const importLine = `import { ${className} } from './${file.replace(/\.ts$/, '.js')}';\n`;
  const lastImport = index.lastIndexOf('\nimport ') + 1;
  const afterImports = index.indexOf('\n', lastImport) + 1;
  const withImport = index.slice(0, afterImports) + importLine + index.slice(afterImports);
  return withImport.replace(/\n\];\s*$/, `\n  ${className},\n];\n`);
}

/** Writes both files below `root`. The time is later than that of every migration there is, even if a clock is wrong. */
export function addMigration(root, name, table) {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)+$/.test(name))
    throw new Error(`"${name}" is no name of a migration: verb and noun in kebab-case, as in add-webhook-lanes`);
  const indexFile = join(root, 'migrations/index.ts');
  const index = readFileSync(indexFile, 'utf8');
  const newest = Math.max(0, ...[...index.matchAll(/\/(\d{13})-/g)].map(([, time]) => Number(time)));
  const made = migration(name, Math.max(Date.now(), newest + 1_000), table);
  writeFileSync(join(root, 'migrations', made.file), made.text, { flag: 'wx' });
  writeFileSync(indexFile, registered(index, made));
  return `migrations/${made.file}`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    process.stdout.write(`wrote ${addMigration(ROOT, process.argv[2] ?? '', process.argv[3])} and registered it\n`);
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
