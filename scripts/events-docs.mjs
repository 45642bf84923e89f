// npm run events:docs: writes the catalogue of events into docs/webhooks.md. A contract test says when it is stale.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from './start.mjs';
import { ROOT } from './steps.mjs';

build({ web: false });
const { eventTable } = await import('../dist/libs/contracts/event-table.js');
const file = join(ROOT, 'docs/webhooks.md');
const page = readFileSync(file, 'utf8');
writeFileSync(
  file,
  page.replace(/(<!-- events -->\n)[^]*(<!-- \/events -->)/, (_, start, end) => `${start}\n${eventTable()}\n\n${end}`),
);
