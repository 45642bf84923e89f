import { isPasswordExpired, policyOfPerson } from './identity-settings.js';
import type { Belonging } from './tenant-choice.js';

/** What a sign-in still asks for. `mfa`: a code of the factor that is there; `mfa_setup`: there is none and the tenant requires one. */
export type Next = 'mfa' | 'mfa_setup' | 'choose_tenant' | 'change_password';

export interface SignInFacts {
  readonly user: { readonly must_change_password: boolean; readonly password_changed_at: Date | null; readonly mfa_enabled: boolean };
  readonly tenants: readonly Pick<Belonging, 'membership' | 'settings'>[];
  /** null: several, and none was named. */
  readonly tenant: Pick<Belonging, 'mfa_required'> | null;
  /** The session has shown a second factor. */
  readonly mfa_passed: boolean;
}

/** A password that has to be changed first: its owner never chose it, or the strictest of the tenants' policies says it is too old. */
export const mustChangePassword = ({ user, tenants }: Pick<SignInFacts, 'user' | 'tenants'>, now: Date): boolean =>
  user.must_change_password || isPasswordExpired(policyOfPerson(tenants), user.password_changed_at, now);

/** The one step that is due, in the order in which they come. Asked whenever tokens are given. Pure. */
export function nextStep(facts: SignInFacts, now: Date): Next | null {
  if (mustChangePassword(facts, now)) return 'change_password';
  if (!facts.tenant) return 'choose_tenant';
  if (facts.tenant.mfa_required && !facts.mfa_passed) return facts.user.mfa_enabled ? 'mfa' : 'mfa_setup';
  return null;
}
