import { useNavigate, useRouterState } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useSyncExternalStore } from 'react';
import { signInNeeded } from '../../lib/api';
import type { Realm } from '../../lib/storage';

const SignInDialog = lazy(() => import('./sign-in-dialog').then((module) => ({ default: module.SignInDialog })));

/** The session ended while the page is open. Members sign in over the page and lose nothing; staff go to their own page. */
export function SignInAgain({ realm }: { realm: Realm }) {
  const needed = useSyncExternalStore(signInNeeded.subscribe, signInNeeded.get);
  const navigate = useNavigate();
  const href = useRouterState({ select: (state) => state.location.href });
  useEffect(() => {
    if (needed !== 'platform' || realm !== 'platform') return;
    signInNeeded.set(null);
    void navigate({ to: '/platform/login', search: { redirect: href } });
  }, [needed, realm, navigate, href]);
  if (needed !== 'tenant' || realm !== 'tenant') return null;
  return (
    <Suspense>
      <SignInDialog onDone={() => signInNeeded.set(null)} />
    </Suspense>
  );
}
