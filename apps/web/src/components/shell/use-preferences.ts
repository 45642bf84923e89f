import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { setSingleKeys } from '../../lib/shortcuts';
import { preferencesQuery } from '../../lib/tenant-queries';
import type { Me } from '../../lib/types';

/** Puts into effect what the person chose. Staff who act as them have keys of their own. */
export function usePreferences(me: Me): void {
  const { shortcuts } = useQuery({ ...preferencesQuery(me.tenant), enabled: me.impersonation === null }).data ?? {};
  useEffect(() => {
    setSingleKeys(shortcuts !== false);
    return () => setSingleKeys(true);
  }, [shortcuts]);
}
