import { checkPayload, jobId, PayloadRefused } from './payload.js';

const ID = '01920000-0000-7000-8000-000000000001';

describe('checkPayload', () => {
  it('accepts ids and numbers', () => {
    expect(() => checkPayload({ provisioning_job_id: ID, page: 3 })).not.toThrow();
    expect(() => checkPayload({})).not.toThrow();
  });

  it.each([
    ['a name', { id: ID, name: 'Harbour Retail' }],
    ['an address', { email: 'owner@harbour.example' }],
    ['a token', { token: 'x'.repeat(36) }],
    ['an empty string', { id: '' }],
    ['an id with something behind it', { id: `${ID}x` }],
    ['NaN', { n: Number.NaN }],
    ['null', { id: null as unknown as string }],
    ['an object', { id: { name: ID } as unknown as string }],
  ])('refuses %s, and does not repeat it', (_name, payload) => {
    const refusal = (() => {
      try {
        checkPayload(payload as never);
      } catch (error) {
        return error as Error;
      }
      throw new Error('accepted');
    })();
    expect(refusal).toBeInstanceOf(PayloadRefused);
    for (const value of Object.values(payload))
      if (typeof value === 'string' && value.length > 3) expect(refusal.message).not.toContain(value);
  });

  it('refuses more than 1 kB', () => {
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`id_${n}`, ID]));
    expect(() => checkPayload(many)).toThrow(PayloadRefused);
  });
});

describe('jobId', () => {
  it('is the row and the attempt, without a colon', () => {
    expect(jobId(ID, 2)).toBe(`${ID}-2`);
  });
  it('refuses a row id that is none', () => {
    expect(() => jobId('1', 0)).toThrow(PayloadRefused);
  });
});
