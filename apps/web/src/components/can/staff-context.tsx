import { createContext, useContext, type ReactNode } from 'react';
import type { StaffMe } from '../../lib/types';

const Context = createContext<StaffMe | null>(null);
export const StaffProvider = ({ me, children }: { me: StaffMe; children: ReactNode }) => <Context value={me}>{children}</Context>;

export function useStaff(): StaffMe & { can(permission: string): boolean } {
  const me = useContext(Context);
  if (me === null) throw new Error('useStaff outside /platform');
  return { ...me, can: (permission) => me.permissions.includes(permission) };
}
