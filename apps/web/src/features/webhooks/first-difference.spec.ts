import { firstDifference } from './first-difference';

describe('the first difference of two bodies', () => {
  it('is none of equal ones', () => expect(firstDifference('{"a":1}', '{"a":1}')).toBeNull());
  it('is where one was written with spaces, which are made visible', () =>
    expect(firstDifference('{"a":1}', '{\n  "a": 1\n}')).toEqual({ at: 2, sent: '{"a":1}', pasted: '{␊··"a":·1␊}' }));
  it('is the end of the shorter one', () =>
    expect(firstDifference('{"a":1}', '{"a":1}\n')).toEqual({ at: 8, sent: '{"a":1}', pasted: '{"a":1}␊' }));
  it('of long ones is shown with what is around it only', () => {
    const found = firstDifference(`${'x'.repeat(500)}1${'y'.repeat(500)}`, `${'x'.repeat(500)}2${'y'.repeat(500)}`);
    expect(found).toEqual({
      at: 501,
      sent: `…${'x'.repeat(24)}1${'y'.repeat(23)}…`,
      pasted: `…${'x'.repeat(24)}2${'y'.repeat(23)}…`,
    });
  });
});
