import { qrCode } from './qr';

const URI = 'otpauth://totp/Tenantry:owner@harbour.example?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Tenantry';

describe('qrCode', () => {
  it.each([
    ['a', 21],
    [URI, 37],
    ['w'.repeat(858), 97],
  ])('is a square of the smallest version that holds it', (text, size) => {
    const grid = qrCode(text);
    expect(grid?.length).toBe(size);
    expect(grid?.every((row) => row.length === size)).toBe(true);
  });
  it('has the three finder patterns and the dark module', () => {
    const grid = qrCode(URI) ?? [];
    const last = grid.length - 1;
    for (const [x, y] of [
      [0, 0],
      [last - 6, 0],
      [0, last - 6],
    ] as const) {
      // prettier-ignore
      expect(grid[y]?.slice(x, x + 7)).toEqual(Array(7).fill(true));
      expect(grid[y + 1]?.slice(x, x + 7)).toEqual([true, false, false, false, false, false, true]);
      expect(grid[y + 3]?.[x + 3]).toBe(true);
    }
    expect(grid[last - 7]?.[8]).toBe(true);
  });
  it('says no to what is too long', () => expect(qrCode('w'.repeat(859))).toBeNull());
});
