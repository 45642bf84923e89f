import { isCommonPassword } from './common-passwords.js';

export const PASSWORD_MIN_LENGTH = 8;
export const PASSWORD_MAX_LENGTH = 128;
export const PASSWORD_MAX_BYTES = 1_024;
/** From this length on no kinds of characters are asked for. */
export const CLASSES_WAIVED_FROM = 14;
/** What must be left of a password without a name that a stranger can guess. */
const REST_MIN_LENGTH = 8;
const NAME_MIN_LENGTH = 3;

/** `all`: upper, lower, digit and other, at least one each. `three`: three of the four. */
export type PasswordClasses = 'all' | 'three';

export interface PasswordPolicy {
  readonly min_length: number;
  readonly classes: PasswordClasses;
  /** How many of the last passwords are refused, the current one included. Checked where the hashes are. */
  readonly history: number;
  readonly max_age_days: number | null;
}

export const PLATFORM_PASSWORD_POLICY: PasswordPolicy = { min_length: PASSWORD_MIN_LENGTH, classes: 'all', history: 5, max_age_days: null };

export type PasswordRule =
  'too_short' | 'too_long' | 'classes_missing' | 'too_common' | 'contains_email' | 'contains_product_name' | 'contains_tenant_name';

export interface PasswordProblem {
  readonly code: PasswordRule;
  readonly message: string;
}

export interface PasswordContext {
  readonly email?: string;
  readonly product_name?: string;
  readonly tenant_names?: readonly string[];
}

/**
 * The rules a password breaks, none when it may be used. Length counts characters as people see them (code points), and at most 1,024
 * bytes. A name (local part of the e-mail, product, tenant) is refused where less than eight characters are left without it.
 * Messages name the rule, never the password.
 */
export function passwordProblems(
  password: string,
  policy: PasswordPolicy = PLATFORM_PASSWORD_POLICY,
  context: PasswordContext = {},
): PasswordProblem[] {
  const problems: PasswordProblem[] = [];
  const length = [...password].length;
  const min = Math.max(PASSWORD_MIN_LENGTH, policy.min_length);
  if (length < min) problems.push({ code: 'too_short', message: `Use at least ${min} characters.` });
  if (length > PASSWORD_MAX_LENGTH || Buffer.byteLength(password) > PASSWORD_MAX_BYTES) {
    // nothing more is worth finding out about a text of any length
    return [...problems, { code: 'too_long', message: `Use at most ${PASSWORD_MAX_LENGTH} characters.` }];
  }
  if (length < CLASSES_WAIVED_FROM && classesOf(password) < (policy.classes === 'all' ? 4 : 3)) {
    const kinds =
      policy.classes === 'all'
        ? 'an upper case letter, a lower case letter, a digit and another character'
        : 'three of: upper case, lower case, digit, other';
    problems.push({ code: 'classes_missing', message: `Use ${kinds}, or at least ${CLASSES_WAIVED_FROM} characters.` });
  }
  if (isCommonPassword(password)) problems.push({ code: 'too_common', message: 'This password is among the first ones that are tried.' });
  if (leansOn(password, context.email?.split('@')[0]))
    problems.push({ code: 'contains_email', message: 'Do not build it on your e-mail address.' });
  if (leansOn(password, context.product_name))
    problems.push({ code: 'contains_product_name', message: 'Do not build it on the name of the product.' });
  if (context.tenant_names?.some((name) => leansOn(password, name)))
    problems.push({ code: 'contains_tenant_name', message: 'Do not build it on the name of the company.' });
  return problems;
}

/** The strictest of several policies, never weaker than the platform's. */
export function strictestPolicy(policies: readonly Partial<PasswordPolicy>[], platform = PLATFORM_PASSWORD_POLICY): PasswordPolicy {
  const all = [platform, ...policies];
  const ages = all.flatMap((policy) => policy.max_age_days ?? []);
  return {
    min_length: Math.min(PASSWORD_MAX_LENGTH, Math.max(...all.map((policy) => policy.min_length ?? 0))),
    classes: all.some((policy) => policy.classes === 'all') ? 'all' : 'three',
    history: Math.max(...all.map((policy) => policy.history ?? 0)),
    max_age_days: ages.length ? Math.min(...ages) : null,
  };
}

function classesOf(password: string): number {
  return [/\p{Lu}/u, /\p{Ll}/u, /\p{Nd}/u, /[^\p{Lu}\p{Ll}\p{Nd}]/u].filter((kind) => kind.test(password)).length;
}

function leansOn(password: string, name: string | undefined): boolean {
  const wanted = letters(name ?? '');
  if (wanted.length < NAME_MIN_LENGTH) return false;
  const text = letters(password);
  return text.includes(wanted) && [...text.replaceAll(wanted, '')].length < REST_MIN_LENGTH;
}

/** `Harbour Retail` and `harbour-retail` are one name. */
const letters = (text: string): string =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s._-]+/g, '');
