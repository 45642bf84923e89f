import type { MessageKey, Params } from './i18n';
import type { PasswordPolicy } from './types';

/** From this length on the character classes are waived. */
export const WAIVED_FROM = 14;

interface Rule {
  readonly key: MessageKey;
  readonly params?: Params;
  readonly met: boolean;
}

export function passwordRules(policy: PasswordPolicy, password: string): Rule[] {
  const length = [...password].length;
  const classes = [/\p{Lu}/u, /\p{Ll}/u, /\p{Nd}/u, /[^\p{L}\p{Nd}]/u].filter((pattern) => pattern.test(password)).length;
  const needed = policy.classes === 'all' ? 4 : 3;
  return [
    { key: 'password.length', params: { min: policy.min_length }, met: length >= policy.min_length },
    {
      key: needed === 4 ? 'password.all_classes' : 'password.three_classes',
      params: { waived: WAIVED_FROM },
      met: length >= WAIVED_FROM || classes >= needed,
    },
  ];
}
export const passwordMeets = (policy: PasswordPolicy, password: string): boolean =>
  passwordRules(policy, password).every((rule) => rule.met);
