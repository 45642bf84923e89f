import { commonPasswordCount, isCommonPassword } from './common-passwords.js';
import { type PasswordPolicy, type PasswordRule, passwordProblems, PLATFORM_PASSWORD_POLICY, strictestPolicy } from './password-policy.js';

const context = { email: 'marguerite.duval@harbour.example', product_name: 'Tenantry', tenant_names: ['Harbour Retail', 'Meadow'] };
const three: PasswordPolicy = { ...PLATFORM_PASSWORD_POLICY, classes: 'three' };

type Row = [password: string, verdict: readonly PasswordRule[], policy?: PasswordPolicy];
const TABLE: readonly Row[] = [
  ['Kt7#vbQz', []],
  ['Kt7#vbQ', ['too_short']],
  ['', ['too_short', 'classes_missing', 'too_common']],
  ['kt7#vbqz', ['classes_missing']],
  ['KT7#VBQZ', ['classes_missing']],
  ['Kt7bvbQz', ['classes_missing']],
  ['KtX#vbQz', ['classes_missing']],
  ['Kt7bvbQz', [], three],
  ['kt7bvbqz', ['classes_missing'], three],
  ['kt7#vbqz', [], three],
  ['seven green boats', []],
  ['sevengreenboat', []],
  ['sevengreenboa', ['classes_missing']],
  ['48201937465820', []],
  ['aaaaaaaaaaaaaaaa', ['too_common']],
  ['Password1!', ['too_common']],
  ['P4$$w0rd!2024', ['too_common']],
  ['!Dragon2024', ['too_common']],
  ['Summer2026!', ['too_common']],
  ['PasswordPassword1!', ['too_common']],
  ['1q2w3e4r5t6y', ['classes_missing', 'too_common']],
  ['Qwertz123456!', ['too_common']],
  ['Dragon#48vb-Xe', []],
  ['Marguerite.Duval1', ['contains_email']],
  ['marguerite.duval-and-nine-boats', []],
  ['Tenantry#2026', ['contains_product_name']],
  ['Harbour-Retail-1!', ['contains_tenant_name']],
  ['MEADOW#meadow1', ['contains_tenant_name']],
  ['Ünïcödé-Pässwörd', []],
  ['Zürich#77 Öl', []],
  ['🦭🦭🦭🦭🦭🦭🦭', ['too_short', 'classes_missing', 'too_common']],
  ['a'.repeat(129), ['too_long']],
  ['Ab1!'.repeat(32), ['too_common']],
  [Array.from({ length: 128 }, (_, i) => String.fromCodePoint(0x4e00 + i)).join(''), []],
  [Array.from({ length: 128 }, (_, i) => String.fromCodePoint(0x1f300 + i)).join(''), []],
  [`${'x'.repeat(127)}${'é'.repeat(500)}`, ['too_long']],
  ['Kt7#vbQz', ['too_short'], { ...PLATFORM_PASSWORD_POLICY, min_length: 12 }],
];

describe('password policy', () => {
  it.each(TABLE)('%j breaks %j', (password, verdict, policy = PLATFORM_PASSWORD_POLICY) => {
    expect(passwordProblems(password, policy, context).map(({ code }) => code)).toEqual(verdict);
  });

  it('never says the password in a message', () => {
    for (const [password] of TABLE.filter(([text]) => text.length > 6)) {
      expect(passwordProblems(password, three, context).filter(({ message }) => message.includes(password))).toEqual([]);
    }
  });

  it('has a list of at least a thousand common passwords, each of them refused', () => {
    expect(commonPasswordCount()).toBeGreaterThanOrEqual(1_000);
    expect(
      ['letmein', 'LETMEIN', 'l3tm3in', 'letmein!!!', 'qwertyuiop', '11111111', 'iloveyou2'].filter((word) => !isCommonPassword(word)),
    ).toEqual([]);
  });

  it('takes the strictest of several policies and is never weaker than the platform', () => {
    expect(strictestPolicy([])).toEqual(PLATFORM_PASSWORD_POLICY);
    expect(strictestPolicy([{ min_length: 4, classes: 'three', history: 0 }])).toEqual(PLATFORM_PASSWORD_POLICY);
    expect(
      strictestPolicy([
        { min_length: 12, max_age_days: 90 },
        { min_length: 10, history: 24, max_age_days: 365 },
      ]),
    ).toEqual({
      min_length: 12,
      classes: 'all',
      history: 24,
      max_age_days: 90,
    });
    expect(strictestPolicy([{ classes: 'three' }], three).classes).toBe('three');
    expect(strictestPolicy([{ classes: 'three' }, { classes: 'all' }], three).classes).toBe('all');
  });
});
