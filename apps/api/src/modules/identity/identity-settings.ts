import { strictestPolicy, type PasswordPolicy } from '#platform/crypto/index.js';

/** What a tenant may say about how its people sign in: `tenants.settings.identity`. Absent values are the defaults of the schema. */
export interface IdentitySettings {
  readonly password_policy?: Partial<PasswordPolicy>;
}

/** A policy may only be stricter than the platform's: of two, the stricter counts. */
export const IDENTITY_SETTINGS_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  properties: {
    password_policy: {
      type: 'object',
      additionalProperties: false,
      properties: {
        min_length: { type: 'integer', minimum: 8, maximum: 64, default: 8 },
        classes: { type: 'string', enum: ['all', 'three'], default: 'all' },
        history: { type: 'integer', minimum: 0, maximum: 24, default: 5 },
        max_age_days: { type: 'integer', minimum: 30, maximum: 365, nullable: true, default: null },
      },
    },
  },
} as const;

interface WithSettings {
  readonly settings: IdentitySettings | null;
}

/** The strictest of the policies of some tenants and the platform's own. */
export const policyOf = (tenants: readonly WithSettings[]): PasswordPolicy =>
  strictestPolicy(tenants.map(({ settings }) => settings?.password_policy ?? {}));

/** Of one tenant, from `tenants.settings` as they are stored. */
export const passwordPolicyOf = (settings: Readonly<Record<string, unknown>>): PasswordPolicy =>
  policyOf([{ settings: (settings['identity'] ?? null) as IdentitySettings | null }]);

/** Those that count for a person: of the tenants where the membership is active. */
export const policyOfPerson = (tenants: readonly (WithSettings & { readonly membership: string })[]): PasswordPolicy =>
  policyOf(tenants.filter(({ membership }) => membership === 'active'));

const DAY_MS = 86_400_000;

/** Is the password older than the policy allows? One whose age nobody knows (an import) is, wherever age counts. */
export function isPasswordExpired({ max_age_days }: PasswordPolicy, changed_at: Date | null, now: Date): boolean {
  if (max_age_days === null) return false;
  return changed_at === null || now.getTime() - changed_at.getTime() > max_age_days * DAY_MS;
}
