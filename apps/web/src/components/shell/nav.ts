import IconBuildingStore from '@tabler/icons-react/icons/IconBuildingStore';
import IconHistory from '@tabler/icons-react/icons/IconHistory';
import IconHome from '@tabler/icons-react/icons/IconHome';
import IconKey from '@tabler/icons-react/icons/IconKey';
import IconPackage from '@tabler/icons-react/icons/IconPackage';
import IconSettings from '@tabler/icons-react/icons/IconSettings';
import IconShieldLock from '@tabler/icons-react/icons/IconShieldLock';
import IconUsers from '@tabler/icons-react/icons/IconUsers';
import IconWebhook from '@tabler/icons-react/icons/IconWebhook';
import type { NavKey } from '#contracts/nav.js';
import type { MessageKey } from '../../lib/i18n';
import type { Me } from '../../lib/types';
import type { IconType } from '../ui/icon';

export type NavGroup = 'top' | 'work' | 'organisation' | 'connect' | 'oversight' | 'settings';

export interface NavEntry {
  readonly label: MessageKey;
  readonly purpose: MessageKey;
  readonly icon: IconType;
  readonly to: `/t/$tenant${'' | '/inventory' | '/team' | '/roles' | '/stores' | '/webhooks' | '/api-keys' | '/audit' | '/settings'}`;
  readonly group: NavGroup;
  /** Second key of the chord `g …`. */
  readonly key: string;
}

/** Exhaustive: a new entry without its words does not compile. */
export const NAV: Readonly<Record<NavKey, NavEntry>> = {
  home: { label: 'nav.home', purpose: 'home.nothing', icon: IconHome, to: '/t/$tenant', group: 'top', key: 'h' },
  inventory: {
    label: 'nav.inventory',
    purpose: 'inventory.purpose',
    icon: IconPackage,
    to: '/t/$tenant/inventory',
    group: 'work',
    key: 'i',
  },
  team: { label: 'nav.team', purpose: 'team.purpose', icon: IconUsers, to: '/t/$tenant/team', group: 'organisation', key: 't' },
  roles: { label: 'nav.roles', purpose: 'roles.purpose', icon: IconShieldLock, to: '/t/$tenant/roles', group: 'organisation', key: 'r' },
  stores: {
    label: 'nav.stores',
    purpose: 'stores.purpose',
    icon: IconBuildingStore,
    to: '/t/$tenant/stores',
    group: 'organisation',
    key: 's',
  },
  webhooks: {
    label: 'nav.webhooks',
    purpose: 'webhooks.purpose',
    icon: IconWebhook,
    to: '/t/$tenant/webhooks',
    group: 'connect',
    key: 'w',
  },
  api_keys: { label: 'nav.api_keys', purpose: 'keys.purpose', icon: IconKey, to: '/t/$tenant/api-keys', group: 'connect', key: 'k' },
  audit: { label: 'nav.audit', purpose: 'audit.purpose', icon: IconHistory, to: '/t/$tenant/audit', group: 'oversight', key: 'a' },
  settings: {
    label: 'nav.settings',
    purpose: 'settings.purpose',
    icon: IconSettings,
    to: '/t/$tenant/settings',
    group: 'settings',
    key: 'e',
  },
};
export const NAV_GROUPS: readonly NavGroup[] = ['top', 'work', 'organisation', 'connect', 'oversight', 'settings'];

const isKey = (key: string): key is NavKey => Object.hasOwn(NAV, key);
/** What the reader may open, in the order of the server; entries that this build has no screen for are left out. */
export const navFor = (me: Me): NavKey[] => me.nav.filter(isKey);
