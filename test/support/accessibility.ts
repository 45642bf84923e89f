import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';

/** The browser takes it by its debugger, which no policy of the page stops. */
const AXE = readFileSync(path.resolve('node_modules/axe-core/axe.min.js'), 'utf8');
const GRAVE: readonly (string | null)[] = ['serious', 'critical'];

interface Violation {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** What axe-core holds against the page as it stands, if it is serious or critical: a line for each element. */
export async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(`${AXE}; undefined`);
  const violations = await page.evaluate<Violation[]>(
    `axe.run(document, { resultTypes: ['violations'], preload: false }).then(({ violations }) => violations)`,
  );
  return violations
    .filter(({ impact }) => GRAVE.includes(impact))
    .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary ?? ''}`));
}
