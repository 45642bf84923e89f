import { mergedSettings, settingsErrors, withDefaults, type SettingsSchema } from './settings-schema.js';

const SCHEMA: SettingsSchema = {
  type: 'object',
  additionalProperties: false,
  properties: {
    negative_allowed: { type: 'boolean', default: false },
    reminder_days: { type: 'integer', minimum: 1, maximum: 30, default: 7 },
    share: { type: 'number', minimum: 0, maximum: 1, default: 0.5 },
    rounding: { type: 'string', enum: ['none', 'cash'], default: 'none' },
    prefix: { type: 'string', minLength: 1, maxLength: 4, pattern: '^[A-Z]+$', default: 'A' },
    colours: { type: 'array', items: { type: 'string', maxLength: 5 }, maxItems: 2, default: [] },
    password_policy: {
      type: 'object',
      additionalProperties: false,
      properties: {
        history: { type: 'integer', minimum: 5, default: 5 },
        max_age_days: { type: 'integer', nullable: true, default: null },
      },
    },
  },
};
const found = (value: unknown): string[] => settingsErrors(SCHEMA, value, '/settings/stock').map(({ field, code }) => `${field} ${code}`);

describe('settingsErrors', () => {
  it('takes what the schema says', () => {
    expect(found({})).toEqual([]);
    expect(
      found({ negative_allowed: true, reminder_days: 30, share: 0, rounding: 'cash', prefix: 'ABCD', colours: ['red', 'blue'] }),
    ).toEqual([]);
    expect(found({ password_policy: { history: 5, max_age_days: null } })).toEqual([]);
  });

  it.each<[unknown, string]>([
    [{ other: 1 }, '/other unknown_setting'],
    [{ 'a/b~c': 1 }, '/a~1b~0c unknown_setting'],
    [{ constructor: 1 }, '/constructor unknown_setting'],
    [{ password_policy: { salt: 1 } }, '/password_policy/salt unknown_setting'],
    [{ negative_allowed: 'yes' }, '/negative_allowed type'],
    [{ negative_allowed: null }, '/negative_allowed type'],
    [{ reminder_days: 1.5 }, '/reminder_days type'],
    [{ reminder_days: 0 }, '/reminder_days too_small'],
    [{ reminder_days: 31 }, '/reminder_days too_large'],
    [{ share: Number.NaN }, '/share type'],
    [{ rounding: 'up' }, '/rounding enum'],
    [{ prefix: '' }, '/prefix too_small'],
    [{ prefix: 'ABCDE' }, '/prefix too_large'],
    [{ prefix: 'a' }, '/prefix pattern'],
    [{ colours: 'red' }, '/colours type'],
    [{ colours: ['a', 'b', 'c'] }, '/colours max_items'],
    [{ colours: ['red', 'yellow'] }, '/colours/1 too_large'],
    [{ password_policy: { history: 4 } }, '/password_policy/history too_small'],
  ])('refuses %j', (value, error) => expect(found(value)).toEqual([`/settings/stock${error}`]));

  it.each([[], 'text', 1, null])('refuses %j for a whole module', (value) => expect(found(value)).toEqual(['/settings/stock type']));
});

describe('withDefaults', () => {
  it('fills what is not stored, deep, and leaves out what the schema has lost', () => {
    expect(withDefaults(SCHEMA, { reminder_days: 3, gone: 1, password_policy: { history: 9 } })).toEqual({
      negative_allowed: false, reminder_days: 3, share: 0.5, rounding: 'none', prefix: 'A', colours: [], password_policy: { history: 9, max_age_days: null },
    }); // prettier-ignore
    expect(withDefaults(SCHEMA, undefined)).toMatchObject({ reminder_days: 7, password_policy: { history: 5, max_age_days: null } });
  });
});

describe('mergedSettings', () => {
  it('keeps what is not named and forgets what is null', () => {
    expect(mergedSettings({ a: 1, b: 2 }, { b: null, c: 3 })).toEqual({ a: 1, c: 3 });
    expect(mergedSettings(undefined, { a: 1 })).toEqual({ a: 1 });
  });
});
