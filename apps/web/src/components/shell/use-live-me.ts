import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { openStream } from '../../lib/api';
import { tenantKey } from '../../lib/queries';
import { readStream } from '../../lib/stream';

/** Rights that change elsewhere change here without a reload: `me.changed` refetches `/me`. */
export function useLiveMe(tenant: { tenant_id: string; slug: string }): void {
  const queries = useQueryClient();
  useEffect(() => {
    const stop = new AbortController();
    const refetch = (): void => void queries.invalidateQueries({ queryKey: tenantKey(tenant.tenant_id, 'me') });
    void readStream({
      signal: stop.signal,
      open: (lastId, signal) => openStream('tenant', tenant.slug, ['me'], lastId, signal),
      onEvent: (event) => event.event === 'me.changed' && refetch(),
      onGap: refetch,
    });
    return () => stop.abort();
  }, [queries, tenant.tenant_id, tenant.slug]);
}
