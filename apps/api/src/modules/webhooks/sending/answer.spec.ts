import { answerKind } from './answer.js';

const RETRIED = new Set([408, 425, 429]);
const every = Array.from({ length: 500 }, (_, i) => i + 100);

describe('answerKind', () => {
  it('[004-34] every status: 2xx delivered, 410 gone, other 4xx final but 408, 425 and 429, all else tried again', () => {
    const expected = (status: number): string => {
      if (status === 410) return 'gone';
      if (Math.floor(status / 100) === 2) return 'success';
      return Math.floor(status / 100) === 4 && !RETRIED.has(status) ? 'final' : 'retry';
    };
    expect(every.map((status) => [status, answerKind(status)])).toEqual(every.map((status) => [status, expected(status)]));
  });

  it('asks for one more send when a rotation is open and the key was refused, and changes nothing else', () => {
    expect(every.filter((status) => answerKind(status, true) !== answerKind(status))).toEqual([401, 403]);
    expect([answerKind(401, true), answerKind(403, true)]).toEqual(['rotate', 'rotate']);
  });
});
