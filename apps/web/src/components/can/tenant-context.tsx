import { createContext, useContext, type ReactNode } from 'react';
import type { Permission } from '#contracts/permissions.js';
import { can } from '../../lib/abilities';
import { tenantApi, type Api } from '../../lib/api';
import type { Me } from '../../lib/types';

export interface TenantHere {
  readonly tenant_id: string;
  readonly slug: string;
  readonly me: Me;
  readonly api: Api;
  can(permission: Permission, storeId?: string): boolean;
}

export const TenantContext = createContext<TenantHere | null>(null);

export function TenantProvider({ me, children }: { me: Me; children: ReactNode }) {
  const { tenant_id, slug } = me.tenant;
  return (
    <TenantContext
      value={{ tenant_id, slug, me, api: tenantApi(slug), can: (permission, storeId) => can(me.abilities, permission, storeId) }}
    >
      {children}
    </TenantContext>
  );
}

/** The tenant of the path and what the reader may do in it. */
export function useTenant(): TenantHere {
  const here = useContext(TenantContext);
  if (here === null) throw new Error('useTenant outside /t/:tenant');
  return here;
}

/** What a person can never do is absent. */
export function Can({ do: permission, store, children }: { do: Permission; store?: string; children: ReactNode }) {
  return useTenant().can(permission, store) ? children : null;
}
