import { answerKind } from './answer.js';

const STATUSES = Array.from({ length: 500 }, (_, i) => 100 + i);

describe('answerKind', () => {
  it('[004-34] 410 disables; any other 4xx but 408, 425 and 429 is final; all else that is no 2xx is repeated', () => {
    const by: Record<string, number[]> = {};
    for (const status of STATUSES) (by[answerKind(status)] ??= []).push(status);
    const range = (from: number, to: number) => STATUSES.filter((status) => status >= from && status <= to);
    expect(by).toEqual({
      success: range(200, 299),
      gone: [410],
      retry: [...range(100, 199), ...range(300, 399), 408, 425, 429, ...range(500, 599)],
      final: range(400, 499).filter((status) => ![408, 410, 425, 429].includes(status)),
    });
  });

  it('a rotation changes 401 and 403 alone', () => {
    const changed = STATUSES.filter((status) => answerKind(status, true) !== answerKind(status));
    expect(changed).toEqual([401, 403]);
    expect(answerKind(401, true)).toBe('rotate');
  });
});
