import IconBuilding from '@tabler/icons-react/icons/IconBuilding';
import IconHistory from '@tabler/icons-react/icons/IconHistory';
import IconHome from '@tabler/icons-react/icons/IconHome';
import IconInbox from '@tabler/icons-react/icons/IconInbox';
import IconPuzzle from '@tabler/icons-react/icons/IconPuzzle';
import IconReceipt from '@tabler/icons-react/icons/IconReceipt';
import IconTemplate from '@tabler/icons-react/icons/IconTemplate';
import IconTimeline from '@tabler/icons-react/icons/IconTimeline';
import IconUserShield from '@tabler/icons-react/icons/IconUserShield';
import IconWebhook from '@tabler/icons-react/icons/IconWebhook';
import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { Link, Outlet, useMatches, useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import '../../lib/console-texts';
import { t, type MessageKey } from '../../lib/i18n';
import { configQuery, staffMeQuery } from '../../lib/queries';
import { registerShortcuts } from '../../lib/shortcuts';
import type { StaffMe } from '../../lib/types';
import { StaffProvider } from '../can/staff-context';
import { Forbidden } from '../states/forbidden';
import { Icon, type IconType } from '../ui/icon';
import { AccountMenu } from './account-menu';
import { Frame } from './frame';
import { pageShortcuts } from './page-shortcuts';
import css from './shell.module.css';

interface Entry {
  to:
    | '/platform'
    | `/platform/${'tenants' | 'provisioning' | 'webhooks' | 'audit' | 'modules' | 'templates' | 'plans' | 'access' | 'mailbox'}`;
  label: MessageKey;
  icon: IconType;
  key: string;
  requires: string;
}
const ENTRIES: readonly Entry[] = [
  { to: '/platform', label: 'platform.overview', icon: IconHome, key: 'h', requires: 'platform:read' },
  { to: '/platform/tenants', label: 'platform.tenants', icon: IconBuilding, key: 't', requires: 'platform:tenants' },
  { to: '/platform/provisioning', label: 'platform.provisioning', icon: IconTimeline, key: 'p', requires: 'platform:jobs' },
  { to: '/platform/webhooks', label: 'platform.webhooks', icon: IconWebhook, key: 'w', requires: 'platform:read' },
  { to: '/platform/audit', label: 'platform.audit', icon: IconHistory, key: 'a', requires: 'platform:audit' },
  { to: '/platform/modules', label: 'platform.modules', icon: IconPuzzle, key: 'o', requires: 'platform:modules' },
  { to: '/platform/templates', label: 'platform.templates', icon: IconTemplate, key: 'e', requires: 'platform:modules' },
  { to: '/platform/plans', label: 'platform.plans', icon: IconReceipt, key: 'l', requires: 'platform:billing' },
  { to: '/platform/access', label: 'platform.access', icon: IconUserShield, key: 's', requires: 'platform:staff' },
  { to: '/platform/mailbox', label: 'platform.mailbox', icon: IconInbox, key: 'm', requires: 'platform:read' },
];

/** The same frame under an ink band with the word "Platform"; no tenant's branding ever. */
export function PlatformShell() {
  const me: StaffMe = useSuspenseQuery(staffMeQuery).data;
  const product = useQuery(configQuery).data?.product_name ?? t('product');
  const navigate = useNavigate();
  const requires = useMatches({ select: (matches) => matches.at(-1)?.staticData.requires_staff });
  const entries = ENTRIES.filter((entry) => me.permissions.includes(entry.requires));
  useEffect(
    () =>
      registerShortcuts([
        ...entries.map((entry) => ({
          id: `go-${entry.key}`,
          keys: `g ${entry.key}`,
          label: entry.label,
          run: () => void navigate({ to: entry.to }),
        })),
        ...pageShortcuts,
      ]),
    [navigate, me],
  );
  return (
    <StaffProvider me={me}>
      <Frame
        realm="platform"
        product={`${t('platform.word')} · ${product}`}
        band={
          <>
            <span className={css.realm}>{t('platform.word')}</span>
            <span className={css.product}>{product}</span>
          </>
        }
        rail={
          <div className={css.group}>
            {entries.map((entry) => (
              <Link
                key={entry.to}
                to={entry.to}
                className={css.link}
                activeOptions={{ exact: entry.to === '/platform', includeSearch: false }}
                activeProps={{ 'aria-current': 'page' }}
              >
                <Icon of={entry.icon} />
                <span className={css.word}>{t(entry.label)}</span>
              </Link>
            ))}
          </div>
        }
        account={<AccountMenu realm="platform" name={me.user.display_name} email={me.user.email} />}
      >
        {requires === undefined || me.permissions.includes(requires) ? <Outlet /> : <Forbidden permission={requires} />}
      </Frame>
    </StaffProvider>
  );
}
