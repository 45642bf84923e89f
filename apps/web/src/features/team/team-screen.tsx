import IconUserPlus from '@tabler/icons-react/icons/IconUserPlus';
import { getRouteApi, Link } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { t } from '../../lib/i18n';
import { Can } from '../../components/can/tenant-context';
import { useListNav } from '../../components/data-table/use-list-nav';
import { Page } from '../../components/shell/page';
import { Tabs } from '../../components/shell/tabs';
import { Button } from '../../components/ui/button';
import { InvitationsList } from './invitations-list';
import { MembersList } from './members-list';

const InviteDrawer = lazy(() => import('./invite-drawer').then((module) => ({ default: module.InviteDrawer })));
const MemberDrawer = lazy(() => import('./member-drawer').then((module) => ({ default: module.MemberDrawer })));
const route = getRouteApi('/t/$tenant/team');

export function TeamScreen() {
  const search = route.useSearch();
  const nav = useListNav(search);
  const close = (): void => nav.open({ invite: undefined, member: undefined });
  return (
    <Page
      title={t('nav.team')}
      purpose={t('team.purpose')}
      flush
      actions={
        <Can do="users:write">
          <Button
            variant="primary"
            icon={IconUserPlus}
            data-new
            onPointerEnter={() => void import('./invite-drawer')}
            onClick={() => nav.open({ invite: 'new' })}
          >
            {t('team.invite')}
          </Button>
        </Can>
      }
    >
      <Tabs label={t('nav.team')}>
        <Link
          from="/t/$tenant/team"
          search={{}}
          activeOptions={{ exact: true }}
          aria-current={search.tab === undefined ? 'page' : undefined}
        >
          {t('team.members')}
        </Link>
        <Link from="/t/$tenant/team" search={{ tab: 'invitations' }} aria-current={search.tab === 'invitations' ? 'page' : undefined}>
          {t('team.invitations')}
        </Link>
      </Tabs>
      {search.tab === 'invitations' ? <InvitationsList nav={nav} /> : <MembersList nav={nav} />}
      <Suspense>
        {search.invite === 'new' && <InviteDrawer onClose={close} onInvited={() => nav.open({ invite: undefined, tab: 'invitations' })} />}
        {search.member !== undefined && <MemberDrawer userId={search.member} onClose={close} />}
      </Suspense>
    </Page>
  );
}
