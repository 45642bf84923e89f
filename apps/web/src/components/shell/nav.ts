import IconHistory from '@tabler/icons-react/icons/IconHistory';
import IconHome from '@tabler/icons-react/icons/IconHome';
import IconPackage from '@tabler/icons-react/icons/IconPackage';
import IconShieldLock from '@tabler/icons-react/icons/IconShieldLock';
import IconUsers from '@tabler/icons-react/icons/IconUsers';
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
  /** Second key of the chord `g …`. */
  readonly key: string;
}

/** Exhaustive: a new entry without its words does not compile. */
export const NAV: Readonly<Record<NavKey, NavEntry>> = {
  home: { label: 'nav.home', icon: IconHome, to: '/t/$tenant', group: 'top', key: 'h' },
  inventory: { label: 'nav.inventory', icon: IconPackage, to: '/t/$tenant/inventory', group: 'work', key: 'i' },
  team: { label: 'nav.team', icon: IconUsers, to: '/t/$tenant/team', group: 'organisation', key: 't' },
  roles: { label: 'nav.roles', icon: IconShieldLock, to: '/t/$tenant/roles', group: 'organisation', key: 'r' },
  audit: { label: 'nav.audit', icon: IconHistory, to: '/t/$tenant/audit', group: 'oversight', key: 'a' },
};
export const NAV_GROUPS: readonly NavGroup[] = ['top', 'work', 'organisation', 'oversight'];

const isKey = (key: string): key is NavKey => Object.hasOwn(NAV, key);
/** What the reader may open, in the order of the server; entries that this build has no screen for are left out. */
export const navFor = (me: Me): NavKey[] => me.nav.filter(isKey);
