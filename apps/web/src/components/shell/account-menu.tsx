import { useMantineColorScheme } from '@mantine/core';
import IconDeviceDesktop from '@tabler/icons-react/icons/IconDeviceDesktop';
import IconKeyboard from '@tabler/icons-react/icons/IconKeyboard';
import IconLogout from '@tabler/icons-react/icons/IconLogout';
import IconMoon from '@tabler/icons-react/icons/IconMoon';
import IconShieldLock from '@tabler/icons-react/icons/IconShieldLock';
import IconSun from '@tabler/icons-react/icons/IconSun';
import IconUserCircle from '@tabler/icons-react/icons/IconUserCircle';
import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useState } from 'react';
import { sessions } from '../../lib/api';
import { t } from '../../lib/i18n';
import { registerShortcuts } from '../../lib/shortcuts';
import type { Realm, Scheme } from '../../lib/storage';
import { LazyMenu } from '../layers/lazy-menu';
import type { MenuEntry } from '../layers/menu';
import { IconButton } from '../ui/button';

const ShortcutList = lazy(() => import('./shortcut-list').then((module) => ({ default: module.ShortcutList })));
const SCHEMES = [
  ['auto', IconDeviceDesktop],
  ['light', IconSun],
  ['dark', IconMoon],
] as const satisfies readonly (readonly [Scheme, unknown])[];

interface AccountMenuProps {
  realm: Realm;
  name: string | null;
  email: string;
  /** Staff act as this person: the account is not theirs to see, and leaving is not signing out. */
  onLeaveSupport?: () => void;
}

export function AccountMenu({ realm, name, email, onLeaveSupport }: AccountMenuProps) {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const navigate = useNavigate();
  const [keysOpen, setKeysOpen] = useState(false);
  useEffect(() => registerShortcuts([{ id: 'shortcuts', keys: '?', label: 'shortcut.list', run: () => setKeysOpen(true) }]), []);
  const open = (to: '/account/profile' | '/account/security' | '/platform/account') => () => void navigate({ to });
  const own: MenuEntry[] =
    realm === 'tenant'
      ? [
          { key: 'profile', label: t('account.profile'), icon: IconUserCircle, onSelect: open('/account/profile') },
          { key: 'security', label: t('account.security'), icon: IconShieldLock, onSelect: open('/account/security') },
        ]
      : [{ key: 'security', label: t('account.security'), icon: IconShieldLock, onSelect: open('/platform/account') }];
  const label = name ?? email;
  return (
    <>
      <LazyMenu
        target={<IconButton icon={IconUserCircle} size={20} label={t('account.menu', { name: label })} data-tip-side="start" />}
        groups={() => [
          {
            label: name === null ? email : `${name} · ${email}`,
            entries: onLeaveSupport === undefined ? own : [],
          },
          {
            label: t('account.theme'),
            entries: SCHEMES.map(([scheme, icon]) => ({
              key: scheme,
              label: t(`theme.${scheme}`),
              icon,
              checked: colorScheme === scheme,
              onSelect: () => setColorScheme(scheme),
            })),
          },
          {
            entries: [
              { key: 'keys', label: t('shortcut.list'), icon: IconKeyboard, onSelect: () => setKeysOpen(true) },
              {
                key: 'out',
                label: t(onLeaveSupport === undefined ? 'account.sign_out' : 'shell.end_support'),
                icon: IconLogout,
                onSelect: onLeaveSupport ?? (() => void sessions[realm].signOut()),
              },
            ],
          },
        ]}
      />
      {keysOpen && (
        <Suspense>
          <ShortcutList onClose={() => setKeysOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
