import { ERRORS } from '#contracts/errors.js';
import { ApiError, errorText, mapErrors, missingPermissions, pointerPath, retryAfter, toProblem } from './errors';
import { isMessage, t } from './i18n';

const problem = (errors: { field: string; code: string; message: string }[]) => ({ status: 400, code: 'validation_failed', errors });
const at = (field: string, message = 'no', code = 'own') => ({ field, code, message });

describe('pointerPath', () => {
  it.each([
    ['/name', 'name'],
    ['/owner/email', 'owner.email'],
    ['/events/0', 'events.0'],
    ['/a~1b/c~0d', 'a/b.c~d'],
  ])('%s is %s', (pointer, path) => expect(pointerPath(pointer)).toBe(path));
  it.each(['', 'name', '/', '//', '/__proto__'])('%j is no path', (pointer) => expect(pointerPath(pointer)).toBeNull());
});

describe('mapErrors', () => {
  const names = ['name', 'owner.email', 'events'];
  it('puts an error beside its field, nested too', () => {
    expect(mapErrors(problem([at('/name', 'too long'), at('/owner/email', 'odd')]), names)).toEqual({
      fields: { name: 'too long', 'owner.email': 'odd' },
      rest: [],
    });
  });
  it('gives an error inside a field to the field', () => {
    expect(mapErrors(problem([at('/events/3/type', 'unknown')]), names).fields).toEqual({ events: 'unknown' });
  });
  it('joins several errors of one field', () => {
    expect(mapErrors(problem([at('/name', 'one.'), at('/name', 'two.')]), names).fields).toEqual({ name: 'one. two.' });
  });
  it('shows errors of unknown fields on top', () => {
    expect(mapErrors(problem([at('/surprise', 'what'), at('/query/limit', 'high'), at('/__proto__/x', 'evil')]), names)).toEqual({
      fields: {},
      rest: ['what', 'high', 'evil'],
    });
  });
  it('prefers our words for a rule over the server’s', () => {
    expect(mapErrors(problem([at('/name', 'must be longer', 'is_length')]), names).fields.name).toBe(t('field.is_length'));
  });
  it('has nothing to say without errors', () =>
    expect(mapErrors({ status: 500, code: 'internal' }, names)).toEqual({ fields: {}, rest: [] }));
});

describe('toProblem', () => {
  it('keeps code, request id and extras', () => {
    expect(toProblem({ code: 'limit_reached', request_id: 'r', limit: 'max_users' }, 409, 'header')).toMatchObject({
      status: 409,
      code: 'limit_reached',
      request_id: 'r',
      limit: 'max_users',
    });
  });
  it.each([null, undefined, 'text', 7, [], {}, { code: 7 }])('calls %j unreadable', (body) => {
    expect(toProblem(body, 502, 'header')).toEqual({ status: 502, code: 'unreadable', request_id: 'header' });
  });
  it('drops errors that are not errors', () => {
    expect(toProblem({ code: 'x', errors: [{ field: 1 }, null, at('/a')] }, 400, null).errors).toEqual([at('/a')]);
  });
});

describe('error texts', () => {
  it.each(Object.keys(ERRORS))('%s has a sentence', (code) => {
    expect(isMessage(`error.${code}`)).toBe(true);
    expect(errorText(new ApiError({ status: 400, code }))).toMatch(/\S.*\.$/);
  });
  it('falls to a general sentence for an unknown code', () =>
    expect(errorText(new ApiError({ status: 400, code: 'brand_new' }))).toBe(t('error.unreadable')));
  it('says nothing of other exceptions', () => expect(errorText(new Error('secret detail'))).not.toContain('secret'));
});

describe('retryAfter', () => {
  it('reads seconds and dates', () => {
    expect(retryAfter('20', 0)).toBe(20);
    expect(retryAfter('Thu, 01 Jan 1970 00:00:30 GMT', 10_000)).toBe(20);
    expect(retryAfter('Thu, 01 Jan 1970 00:00:30 GMT', 99_000)).toBe(0);
    expect(retryAfter(null, 0)).toBeNull();
    expect(retryAfter('soon', 0)).toBeNull();
  });
});

it('finds the permission that a refusal names', () => {
  expect(missingPermissions({ status: 403, code: 'permission_denied', permission: 'users:write' })).toEqual(['users:write']);
  expect(missingPermissions({ status: 403, code: 'grant_exceeds_own', missing: ['a:b', 7] })).toEqual(['a:b']);
  expect(missingPermissions({ status: 403, code: 'permission_denied' })).toEqual([]);
});
