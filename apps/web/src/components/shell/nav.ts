import IconHistory from '@tabler/icons-react/icons/IconHistory';
import IconHome from '@tabler/icons-react/icons/IconHome';
import IconPackage from '@tabler/icons-react/icons/IconPackage';
import IconShieldLock from '@tabler/icons-react/icons/IconShieldLock';
import IconUsers from '@tabler/icons-react/icons/IconUsers';
import type { Permission } from '#contracts/permissions.js';
import type { MessageKey } from '../../lib/i18n';
import type { Me } from '../../lib/types';
import type { IconType } from '../ui/icon';

export type NavKey = 'home' | 'inventory' | 'team' | 'roles' | 'audit';
export type NavGroup = 'top' | 'work' | 'organisation' | 'oversight';

export interface NavEntry {
  readonly label: MessageKey;
  readonly icon: IconType;
  readonly to: '/t/$tenant' | '/t/$tenant/inventory' | '/t/$tenant/team' | '/t/$tenant/roles' | '/t/$tenant/audit';
  readonly group: NavGroup;
  readonly requires: Permission | null;
  /** Second key of the chord `g …`. */
  readonly key: string;
}

/** Exhaustive: a new entry without its words does not compile. */
export const NAV: Readonly<Record<NavKey, NavEntry>> = {
  home: { label: 'nav.home', icon: IconHome, to: '/t/$tenant', group: 'top', requires: null, key: 'h' },
  inventory: { label: 'nav.inventory', icon: IconPackage, to: '/t/$tenant/inventory', group: 'work', requires: 'inventory:read', key: 'i' },
  team: { label: 'nav.team', icon: IconUsers, to: '/t/$tenant/team', group: 'organisation', requires: 'users:read', key: 't' },
  roles: { label: 'nav.roles', icon: IconShieldLock, to: '/t/$tenant/roles', group: 'organisation', requires: 'roles:read', key: 'r' },
  audit: { label: 'nav.audit', icon: IconHistory, to: '/t/$tenant/audit', group: 'oversight', requires: 'audit:read', key: 'a' },
};
export const NAV_GROUPS: readonly NavGroup[] = ['top', 'work', 'organisation', 'oversight'];

/** What the reader may open. The abilities carry module switches and masks already. */
export const navFor = (me: Me): NavKey[] =>
  (Object.keys(NAV) as NavKey[]).filter((key) => {
    const { requires } = NAV[key];
    return requires === null || Object.hasOwn(me.abilities, requires);
  });
