import { safeRedirect } from '../../lib/redirect';
import type { Realm } from '../../lib/storage';
import type { SignInAnswer } from '../../lib/types';

/** The address after a sign-in: the step that is due, else where the person wanted to go, else their tenant. */
export function afterSignIn(
  realm: Realm,
  answer: Pick<SignInAnswer, 'next' | 'tenant'>,
  wanted: string | undefined,
  origin: string,
): string {
  const redirect = safeRedirect(wanted, realm, origin);
  const query = redirect === null ? '' : `?redirect=${encodeURIComponent(redirect)}`;
  if (answer.next === 'change_password') return (realm === 'platform' ? '/platform/change-password' : '/change-password') + query;
  if (answer.next === 'mfa' || answer.next === 'mfa_setup') return (realm === 'platform' ? '/platform/mfa' : '/login/mfa') + query;
  if (realm === 'platform') return redirect ?? '/platform';
  if (redirect !== null) return redirect;
  return answer.tenant === null ? '/select-tenant' : `/t/${answer.tenant.slug}`;
}
