import { useNavigate, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useSyncExternalStore } from 'react';
import { sessions, signInNeeded } from '../../lib/api';
import { t } from '../../lib/i18n';
import { showToast } from '../../lib/toast';
import type { Realm } from '../../lib/storage';

const SignInDialog = lazy(() => import('./sign-in-dialog').then((module) => ({ default: module.SignInDialog })));

/**
 * The session ended while the page is open. Members sign in over the page and lose nothing; staff go to their own page, and out of a
 * tenant they were in for support back to the console.
 */
export function SignInAgain({ realm }: { realm: Realm }) {
  const needed = useSyncExternalStore(signInNeeded.subscribe, signInNeeded.get);
  const navigate = useNavigate();
  const href = useRouterState({ select: (state) => state.location.href });
  useEffect(() => {
    if (needed !== 'platform' || realm !== 'platform') return;
    signInNeeded.set(null);
    void navigate({ to: '/platform/login', search: { redirect: href } });
  }, [needed, realm, navigate, href]);
  const support = needed === 'tenant' && realm === 'tenant' ? sessions.tenant.support() : null;
  useEffect(() => {
    if (support === null) return;
    signInNeeded.set(null);
    sessions.tenant.giveBack();
    showToast({ tone: 'ok', text: t('shell.support_over') });
    void navigate({ to: '/platform/tenants/$tenant_id', params: { tenant_id: support.tenant_id }, ignoreBlocker: true });
  }, [support, navigate]);
  if (support !== null || needed !== 'tenant' || realm !== 'tenant') return null;
  return (
    <Suspense>
      <SignInDialog onDone={() => signInNeeded.set(null)} />
    </Suspense>
  );
}
