import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { openStream } from '../../lib/api';
import { tenantKey } from '../../lib/queries';
import { readStream } from '../../lib/stream';
import type { TenantHere } from '../../components/can/tenant-context';
import { coalesced } from './coalesced';

const PAUSE_MS = 500;

const isVisible = (): boolean => document.visibilityState === 'visible';
const onVisibility = (changed: () => void): (() => void) => {
  document.addEventListener('visibilitychange', changed);
  return () => document.removeEventListener('visibilitychange', changed);
};

/**
 * Reads the deliveries again whenever the product tells that one has changed, of one webhook or (null) of all, while the page is visible
 * and `wanted`. False: there is no stream now, so the page has to poll.
 */
export function useDeliveryStream(here: TenantHere, webhook_id: string | null, wanted: boolean): boolean {
  const queries = useQueryClient();
  const visible = useSyncExternalStore(onVisibility, isVisible);
  const [live, setLive] = useState(false);
  const { tenant_id, slug } = here;
  useEffect(() => {
    if (!wanted || !visible) return undefined;
    const stop = new AbortController();
    const again = coalesced(
      () =>
        Promise.all(
          ['deliveries', 'delivery'].map(
            async (what) => stop.signal.aborted || queries.invalidateQueries({ queryKey: tenantKey(tenant_id, 'webhooks', what) }),
          ),
        ),
      PAUSE_MS,
    );
    void readStream({
      signal: stop.signal,
      open: async (lastId, signal) => {
        try {
          const response = await openStream('tenant', slug, [webhook_id === null ? 'webhooks' : `webhook:${webhook_id}`], lastId, signal);
          setLive(response !== null);
          // What has changed between the last look and now was told to nobody.
          if (response !== null) again();
          return response;
        } catch (cause) {
          setLive(false);
          throw cause;
        }
      },
      onEvent: again,
      onGap: again,
    });
    return () => {
      stop.abort();
      setLive(false);
    };
  }, [queries, tenant_id, slug, webhook_id, wanted, visible]);
  return live;
}
