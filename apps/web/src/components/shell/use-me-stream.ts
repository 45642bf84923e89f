import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { openStream } from '../../lib/api';
import { tenantKey } from '../../lib/queries';
import { readStream } from '../../lib/stream';

/**
 * `me.changed`: rights, modules, the tenant. `/me` is read again, and with it navigation and buttons; what was refused or hidden
 * before is asked again. One tab of the browser listens and tells the others, where the browser has locks.
 */
export function useMeStream(tenantId: string, slug: string): void {
  const queries = useQueryClient();
  useEffect(() => {
    const stop = new AbortController();
    const channel = typeof BroadcastChannel === 'undefined' ? null : new BroadcastChannel(`tenantry-me:${tenantId}`);
    const again = (): void => {
      void queries.invalidateQueries({ queryKey: tenantKey(tenantId, 'me') });
      for (const what of ['permissions', 'explain', 'settings', 'entitlements'])
        void queries.invalidateQueries({ queryKey: tenantKey(tenantId, what) });
    };
    const heard = (): void => {
      again();
      channel?.postMessage('me.changed');
    };
    channel?.addEventListener('message', again);
    const listen = async (): Promise<void> => {
      await readStream({
        signal: stop.signal,
        open: (lastId, signal) => openStream('tenant', slug, ['me'], lastId, signal),
        onEvent: (event) => {
          if (event.event === 'me.changed') heard();
        },
        onGap: heard,
      });
    };
    const ignore = (): void => undefined;
    if ('locks' in navigator) {
      // Refused for good, or left: the lock goes to the next tab.
      navigator.locks.request(`stream:${tenantId}`, { signal: stop.signal }, listen).catch(ignore);
    } else listen().catch(ignore);
    return () => {
      stop.abort();
      channel?.close();
    };
  }, [queries, tenantId, slug]);
}
