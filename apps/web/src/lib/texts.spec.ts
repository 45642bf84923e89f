/** Every name that comes as data has words here ("every code has a text"). */
import { AUDIT_ACTIONS } from '#contracts/audit-actions.js';
import { TOGGLE_MODULES } from '#contracts/modules.js';
import { ALL_PERMISSIONS } from '#contracts/permissions.js';
import { isMessage, parts, t } from './i18n';

const PARTS = [...new Set(ALL_PERMISSIONS.flatMap((name) => [`resource.${name.split(':')[0]}`, `action.${name.split(':')[1]}`]))];

it.each(PARTS)('%s', (key) => expect(isMessage(key)).toBe(true));
it.each(Object.keys(TOGGLE_MODULES))('module %s', (code) => expect(isMessage(`module.${code}`)).toBe(true));
it.each(Object.keys(AUDIT_ACTIONS))('audit %s', (action) => expect(isMessage(`audit.${action}`)).toBe(true));
it.each([...new Set(Object.values(AUDIT_ACTIONS).flatMap((entry) => entry.targets))])('target %s', (type) =>
  expect(isMessage(`target.${type}`)).toBe(true),
);

describe('t', () => {
  it('chooses the plural form', () => {
    expect(t('roles.member_count', { count: 1 })).toBe('1 member');
    expect(t('roles.member_count', { count: 1200 })).toBe('1,200 members');
  });
  it('leaves a slot without a value visible', () => expect(t('team.invited')).toBe('{email} is invited'));
  it('does not read a value as a slot', () => expect(t('team.invited', { email: '{name} $& x' })).toBe('{name} $& x is invited'));
});

it('parts cuts a sentence at its slots', () => expect(parts('confirm.type')).toEqual(['Type ', { slot: 'name' }, ' to confirm.']));
it('a name that every object has is no message', () => expect(isMessage('toString')).toBe(false));
