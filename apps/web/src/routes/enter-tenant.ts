import { notFound, redirect } from '@tanstack/react-router';
import { sessions } from '../lib/api';
import { hasCode } from '../lib/errors';
import { isTenantRef } from '../lib/redirect';

export interface EnteredTenant {
  readonly tenant_id: string;
  readonly slug: string;
}

/** Support access is over: its token is given back, so that the next visit is the person's own. */
function backToConsole(tenant_id: string) {
  sessions.tenant.giveBack();
  return redirect({ to: '/platform/tenants/$tenant_id', params: { tenant_id }, replace: true });
}

/**
 * The path names a tenant and the token is asked for it. A name that can be none is not found without a request, an id is replaced by the
 * slug, and whoever has a step to do first is led there.
 * @param base what stands before the name, `/t/`
 */
export async function enterTenant(base: string, name: string, href: string): Promise<EnteredTenant> {
  if (!isTenantRef(name)) throw notFound();
  const held = await sessions.tenant.tokenFor(name).catch((cause: unknown) => {
    const support = sessions.tenant.support(name);
    if (support !== null && hasCode(cause, 'signed_out')) throw backToConsole(support.tenant_id);
    if (hasCode(cause, 'signed_out')) throw redirect({ to: '/login', search: { redirect: href }, replace: true });
    throw cause;
  });
  if (held.next === 'change_password') throw redirect({ to: '/change-password', search: { redirect: href }, replace: true });
  if (held.next === 'mfa' || held.next === 'mfa_setup') throw redirect({ to: '/login/mfa', search: { redirect: href }, replace: true });
  if (held.tenant === null) throw redirect({ to: '/select-tenant', replace: true });
  const { tenant_id, slug } = held.tenant;
  if (slug !== name) throw redirect({ href: href.replace(`${base}${name}`, `${base}${slug}`), replace: true });
  return { tenant_id, slug };
}
