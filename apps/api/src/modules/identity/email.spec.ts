import { normalizeEmail } from './email.js';

describe('normalizeEmail', () => {
  it.each([
    [' Ana@Example.COM ', 'ana@example.com'],
    ['ana.maria+shop@example.com', 'ana.maria+shop@example.com'],
    ['ÄNA@bücher.example', 'äna@xn--bcher-kva.example'],
    ['ana@BÜCHER.example', 'ana@xn--bcher-kva.example'],
    ['ana@xn--bcher-kva.example', 'ana@xn--bcher-kva.example'],
    ['ａｎａ@example.com', 'ana@example.com'],
    ['no address', 'no address'],
    ['@example.com', '@example.com'],
    ['"a@b"@example.com', '"a@b"@example.com'],
    ['ana@exa mple.com', 'ana@exa mple.com'],
  ])('%j is %j', (given, normalized) => expect(normalizeEmail(given)).toBe(normalized));

  it('changes nothing the second time', () => {
    for (const email of ['Ana@Bücher.example', ' X@y.Z ', 'ß@ß.example'])
      expect(normalizeEmail(normalizeEmail(email))).toBe(normalizeEmail(email));
  });
});
