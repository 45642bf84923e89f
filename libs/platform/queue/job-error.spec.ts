import { fail } from '#contracts/errors.js';
import { isFinal, JobError, keptError, LeaseLost } from './job-error.js';

describe('keptError', () => {
  it('keeps the code and the sentence of a refusal', () => {
    expect(keptError(fail('limit_reached', { email: 'a@b.example' }))).toEqual({
      code: 'limit_reached',
      message: 'A limit of the plan is reached.',
    });
  });
  it('keeps the words of a JobError, cut', () => {
    expect(keptError(new JobError('bucket_gone', 'x'.repeat(999)))).toEqual({ code: 'bucket_gone', message: 'x'.repeat(300) });
  });
  it('keeps no message of an unknown error', () => {
    expect(keptError(new TypeError('cannot read "Harbour Retail"'))).toEqual({ code: 'internal', message: 'TypeError' });
  });
  it('keeps the code of Node and of PostgreSQL', () => {
    expect(keptError(Object.assign(new Error('connect 10.0.0.1'), { code: 'ECONNREFUSED' }))).toEqual({
      code: 'econnrefused',
      message: 'Error',
    });
    expect(keptError(Object.assign(new Error('key (email)=(a@b.example)'), { code: '23505' })).code).toBe('23505');
  });
  it.each([['thrown text'], [null], [undefined], [{ code: 'with spaces and secrets' }]])('survives %j', (thrown) => {
    expect(keptError(thrown).code).toBe('internal');
  });
});

describe('isFinal', () => {
  it('is what another attempt cannot heal', () => {
    expect([fail('permission_denied'), new JobError('x', 'x', { final: true })].map(isFinal)).toEqual([true, true]);
    expect(
      [fail('busy'), fail('tenant_not_ready'), new JobError('x', 'x'), new Error('x'), new LeaseLost('a.b'), 'text'].map(isFinal),
    ).toEqual(Array(6).fill(false));
  });
});
