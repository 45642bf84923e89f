import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { COMMANDS } from '../../apps/api/src/boot/commands.js';
import { eventTable } from '../../libs/contracts/event-table.js';
import { METRICS } from '../../libs/platform/metrics/table.js';

const ROOT = resolve(__dirname, '../..');
const text = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const runbook = text('docs/runbooks/webhooks.md');
const rules = text('deploy/prometheus/webhooks.rules.yml');

/** Names of metrics in an expression; a histogram's parts count as the histogram. */
const metricsIn = (expression: string): string[] =>
  [...expression.matchAll(/\b(?:webhook|db|outbox|partition)_[a-z_]+[a-z]/g)].map(([name]) => name.replace(/_(bucket|count|sum)$/, ''));
const unknownMetrics = (page: string): string[] => metricsIn(page).filter((name) => !Object.hasOwn(METRICS, name));
const commandsIn = (page: string): string[] =>
  [...page.matchAll(/`{0,3}\btenantry ((?:webhooks|outbox|tenant|db) [a-z-]+)/g)].map(([, command]) => command ?? '');

it('the table of events is that of the code (npm run events:docs)', () => {
  expect(text('docs/webhooks.md')).toContain(`<!-- events -->\n\n${eventTable()}\n\n<!-- /events -->`);
});

describe('the alerts of webhooks', () => {
  const alerts = rules.split('- alert: ').slice(1);
  it('name metrics that exist', () => {
    expect(alerts.length).toBeGreaterThan(4);
    for (const alert of alerts) {
      const [, expression = ''] = /^\s+expr: (.+)$/m.exec(alert) ?? [];
      expect(metricsIn(expression)).not.toEqual([]);
      expect(unknownMetrics(expression)).toEqual([]);
    }
    expect(unknownMetrics('max(webhook_gone_total) > 0')).toEqual(['webhook_gone_total']);
  });
  it('each have a severity, a summary and a section of their name in the runbook', () => {
    for (const alert of alerts) {
      const name = /^\w+/.exec(alert)?.[0] ?? '';
      expect(runbook).toContain(`\n## ${name}\n`);
      expect(alert).toMatch(/severity: (page|ticket|info) /);
      expect(alert).toMatch(/summary: '.+'/);
      expect(alert).toContain('runbook_url: docs/runbooks/webhooks.md');
    }
  });
  it('are what the sections of the runbook with such names are about', () => {
    const sections = [...runbook.matchAll(/^## ([A-Z][a-z]+(?:[A-Z][a-z]+)+)$/gm)].map(([, name]) => name);
    expect(sections).toEqual(alerts.map((alert) => /^\w+/.exec(alert)?.[0]));
  });
});

describe('the runbook of webhooks', () => {
  it('names commands that exist, with options that they have', () => {
    const named = commandsIn(runbook);
    expect(named).toEqual(expect.arrayContaining(['webhooks stats', 'webhooks recover', 'outbox retry']));
    expect(named.filter((command) => !Object.hasOwn(COMMANDS, command))).toEqual([]);
    for (const [, command = '', rest = ''] of runbook.matchAll(/^tenantry (\w+ [\w-]+)(.*)$/gm))
      for (const [option] of rest.matchAll(/--[\w-]+/g)) expect([command, COMMANDS[command]?.about]).toEqual([command, expect.stringContaining(option)]);
  }); // prettier-ignore
  it('names every setting of webhooks, and none that does not exist', () => {
    const settings = [...new Set(text('.env.example').match(/\bWEBHOOK_[A-Z_]+/g) ?? [])];
    const named = new Set((runbook.match(/\bWEBHOOK_[A-Z_]+/g) ?? []).filter((name) => name !== 'WEBHOOK_ID'));
    expect([...named].filter((name) => !settings.includes(name))).toEqual([]);
    expect(settings.filter((name) => !named.has(name))).toEqual([]);
  });
  it('names metrics that exist', () => {
    const named = [...runbook.matchAll(/`((?:webhook|db)_[a-z_]+(?:total|seconds|in_use))/g)].map(([, name]) => name ?? '');
    expect(named.length).toBeGreaterThan(2);
    expect(named.filter((name) => !Object.hasOwn(METRICS, name))).toEqual([]);
  });
});
