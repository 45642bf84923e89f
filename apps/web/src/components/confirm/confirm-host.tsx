import { lazy, Suspense, useSyncExternalStore } from 'react';
import { confirmRequest } from './confirm';

const ConfirmDialog = lazy(() => import('./confirm-dialog').then((module) => ({ default: module.ConfirmDialog })));

/** Stands once in each shell. */
export function ConfirmHost() {
  const request = useSyncExternalStore(confirmRequest.subscribe, confirmRequest.get);
  if (request === null) return null;
  return (
    <Suspense>
      <ConfirmDialog request={request} onClose={() => confirmRequest.set(null)} />
    </Suspense>
  );
}
