import './theme/tokens.css';
import './theme/base.css';
import './components/ui/tip.css';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { setNonce } from 'get-nonce';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { builds, sessions, signInNeeded } from './lib/api';
import { ApiError } from './lib/errors';
import { cspNonce } from './lib/nonce';
import { createQueryClient } from './lib/queries';
import { followSystem } from './lib/scheme';
import { readReloadedFor, writeLastTenant, writeReloadedFor } from './lib/storage';
import { clearToasts } from './lib/toast';
import { makeRouter } from './router';

// The scroll lock of dialogs writes a style element: without the nonce each dialog is a violation of the policy.
setNonce(cspNonce());
followSystem();

const queries = createQueryClient();
const router = makeRouter(queries);

const leave = (): void => {
  signInNeeded.set(null);
  clearToasts();
};
// Another tab signed out, or this one did: nothing of the person stays on the screen.
sessions.tenant.onSignedOut(() => {
  leave();
  writeLastTenant(null);
  queries.removeQueries({ queryKey: ['tenant'] });
  if (/^\/(?:t|account|select-tenant|[^/]+\/cockpit)(?:\/|$)/.test(window.location.pathname)) void router.navigate({ to: '/login' });
});
sessions.platform.onSignedOut(() => {
  leave();
  queries.removeQueries({ queryKey: ['platform'] });
  if (/^\/platform(?:\/|$)/.test(window.location.pathname)) void router.navigate({ to: '/platform/login' });
});

// A chunk of an older build is gone: reload once for this build, then let the error page say so.
window.addEventListener('vite:preloadError', (event) => {
  const build = builds.get()?.latest ?? 'unknown';
  if (readReloadedFor() === build) return;
  event.preventDefault();
  writeReloadedFor(build);
  window.location.reload();
});

// A newer build answers: the next page comes from it. Unsaved work was asked about before this point.
router.subscribe('onBeforeNavigate', ({ toLocation, pathChanged }) => {
  const build = builds.get();
  if (pathChanged && build !== null && build.first !== build.latest) window.location.assign(toLocation.href);
});

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
// A refusal of the API that a page shows is no defect: it is not reported as one.
const onCaughtError = (error: unknown): void => {
  if (!(error instanceof ApiError)) reportError(error);
};
createRoot(root, { onCaughtError }).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <RouterProvider router={router} />
    </QueryClientProvider>
  </StrictMode>,
);
