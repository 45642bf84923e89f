import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { EVENT_CATALOGUE, type CatalogueEntry } from '../../libs/contracts/event-catalogue.js';
import { EVENTS } from '../../libs/contracts/events.js';
import { schemaFaults } from '../../libs/platform/outbox/index.js';
import { newAjv } from '../support/openapi-check.js';
import { breaks, releasedOf, type Released } from '../support/released-events.js';

/** What the last release promised the consumers of its webhooks. */
const GOLDEN = path.join(__dirname, 'events.golden.json');
const entries = [...EVENT_CATALOGUE.values()];

describe('the catalogue of events that webhooks carry', () => {
  const ajv = newAjv();

  it('has every public event, and those that come with a module', () => {
    expect(entries.filter(({ emitted }) => emitted).map(({ type }) => type)).toEqual(Object.entries(EVENTS).filter(([, event]) => event.public).map(([type]) => type).sort()); // prettier-ignore
    expect(entries.filter(({ emitted }) => !emitted).map(({ type }) => type)).toEqual([
      'anomaly.detected', 'audit.checkpoint', 'file.available', 'file.quarantined', 'forecast.updated', 'order.created', 'order.updated', 'policy.committed',
    ]); // prettier-ignore
  });

  it.each(entries)('$type: the example is valid, every field is described, none is a secret', ({ schema, example, summary }) => {
    const validate = ajv.compile(schema);
    expect([validate(example), validate.errors]).toEqual([true, null]);
    expect(Object.keys(example).sort()).toEqual(Object.keys(schema.properties).sort());
    expect(schema.additionalProperties).toBe(false);
    expect(validate({ ...example, more: 1 })).toBe(false);
    expect(schema.required.filter((name) => !Object.hasOwn(schema.properties, name))).toEqual([]);
    expect(summary.length).toBeGreaterThan(8);
    for (const [name, field] of Object.entries(schema.properties)) {
      expect(field.description.length).toBeGreaterThan(5);
      expect(name).not.toMatch(/token|secret|hash|password|link|signature|cookie|credential|api_key$|_enc$|_sealed$/);
    }
    // Of this tenant alone: another tenant's id has no name to stand under.
    expect(Object.keys(schema.properties).filter((name) => /tenant/.test(name) && name !== 'tenant_id')).toEqual([]);
  });

  it('is checked at emit as a whole validator would check it', () => {
    const strange = fc.oneof(fc.jsonValue(), fc.constantFrom('', '2026-01-05T08:00:00.000Z', '2026-01-05', '0197e2a4-6f00-7c3d-8a51-3f9d2b7c1e10', 7, 1.5, [], ['a'], [1], {}, null)); // prettier-ignore
    for (const { type, schema, example } of entries) {
      const validate = ajv.compile(schema);
      const names = fc.constantFrom(...Object.keys(schema.properties), 'stranger', '__proto__', 'constructor');
      const changed = fc.oneof(
        fc.tuple(names, strange).map(([name, value]): unknown => ({ ...example, ...Object.fromEntries([[name, value]]) })),
        names.map((left_out): unknown => Object.fromEntries(Object.entries(example).filter(([name]) => name !== left_out))),
        strange,
      );
      fc.assert(
        fc.property(changed, (data) => {
          const sent = JSON.parse(JSON.stringify(data)) as unknown;
          expect([type, sent, schemaFaults(schema, data).length === 0]).toEqual([type, sent, validate(sent)]);
        }),
        { numRuns: 200 },
      );
    }
  });
});

describe('the catalogue against that of the last release', () => {
  const last = JSON.parse(fs.readFileSync(GOLDEN, 'utf8')) as Released;
  const now = releasedOf(entries);

  it('takes nothing from consumers: no type or field is gone, none is of another type', () => {
    expect(breaks(last, now)).toEqual([]);
  });

  it('is the golden file (UPDATE_GOLDEN=1 writes additions, and refuses to write anything else)', () => {
    if (process.env['UPDATE_GOLDEN'] && breaks(last, now).length === 0)
      fs.writeFileSync(GOLDEN, `${JSON.stringify(now, null, 2)}\n`); // prettier-ignore
    expect(JSON.parse(fs.readFileSync(GOLDEN, 'utf8'))).toEqual(now);
  });

  describe('a change of', () => {
    const changed = (over: (entry: CatalogueEntry) => CatalogueEntry | null): string[] =>
      breaks(now, releasedOf(entries.flatMap((entry) => (entry.type === 'user.created' ? (over(entry) ?? []) : entry))));
    const properties = (over: (known: CatalogueEntry['schema']['properties']) => Record<string, unknown>) => (entry: CatalogueEntry) => {
      const fields = over(entry.schema.properties) as CatalogueEntry['schema']['properties'];
      return { ...entry, schema: { ...entry.schema, required: Object.keys(fields), properties: fields } };
    };

    it.each<[string, (entry: CatalogueEntry) => CatalogueEntry | null, string[]]>([
      ['nothing', (entry) => entry, []],
      ['a type that is gone', () => null, ['user.created was removed']],
      ['a field that is gone', properties(({ email: _, ...rest }) => rest), ['user.created.email was removed']],
      ['a field that is renamed', properties(({ email, ...rest }) => ({ ...rest, mail: email })), ['user.created.email was removed']],
      [
        'a type of a field',
        properties((known) => ({ ...known, email: { type: 'integer', description: 'Now a number' } })),
        ['user.created.email is of another type'],
      ],
      [
        'a format of a field',
        properties((known) => ({ ...known, user_id: { type: 'string', description: 'Any text now' } })),
        ['user.created.user_id is of another type'],
      ],
      [
        'a field that may now be absent',
        (entry) => ({ ...entry, schema: { ...entry.schema, required: ['user_id', 'email'] } }),
        ['user.created.display_name is no longer always there'],
      ],
      [
        'the permission of its reader',
        (entry) => ({ ...entry, requires: 'users:admin' }),
        ['user.created requires users:admin, required users:read: subscriptions would fall silent'],
      ],
      ['a type that is emitted no more', (entry) => ({ ...entry, emitted: false }), ['user.created is no longer emitted']],
      ['a field that is new', properties((known) => ({ ...known, locale: { type: 'string', description: 'Their language' } })), []],
      ['a description', properties((known) => ({ ...known, email: { type: 'string', description: 'In other words' } })), []],
    ])('%s is told or passes', (_, over, told) => {
      expect(changed(over)).toEqual(told);
    });

    it('a type that is new passes', () => {
      expect(breaks(releasedOf(entries.slice(1)), now)).toEqual([]);
    });
  });
});
