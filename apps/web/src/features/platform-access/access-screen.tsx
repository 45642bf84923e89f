import IconDots from '@tabler/icons-react/icons/IconDots';
import IconUserPlus from '@tabler/icons-react/icons/IconUserPlus';
import IconUserShield from '@tabler/icons-react/icons/IconUserShield';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { t } from '../../lib/i18n';
import type { StaffMember } from '../../lib/types';
import { useStaff } from '../../components/can/staff-context';
import { DataTable, type Column } from '../../components/data-table/data-table';
import { Empty, filteredEmpty } from '../../components/data-table/empty';
import { FilterBar } from '../../components/data-table/filter-bar';
import { useListNav } from '../../components/data-table/use-list-nav';
import { LazyMenu } from '../../components/layers/lazy-menu';
import { Page } from '../../components/shell/page';
import { Button, IconButton } from '../../components/ui/button';
import { Status, toneOf } from '../../components/ui/status';
import { Time } from '../../components/ui/time';
import { STAFF_ROLES, staffQuery } from './queries';
import { useStaffActs } from './use-staff-acts';

const load = () => import('./staff-drawer');
const StaffDrawer = lazy(() => load().then((module) => ({ default: module.StaffDrawer })));
const route = getRouteApi('/platform/access');
const STATES = ['active', 'disabled'] as const;

export function AccessScreen() {
  const self = useStaff().user.platform_user_id;
  const nav = useListNav(route.useSearch());
  const { role, status, cursor } = nav.search;
  const query = useQuery(staffQuery({ role, status, cursor }, nav.limit));
  const acts = useStaffActs(nav, self);
  const columns: Column<StaffMember>[] = [
    {
      id: 'person',
      head: t('team.person'),
      slot: 'identity',
      cell: (member) => (
        <>
          {member.platform_user_id === self ? t('access.you', { name: member.display_name }) : member.display_name}
          <small>{member.email}</small>
        </>
      ),
    },
    {
      id: 'role',
      head: t('team.role'),
      slot: 'fact',
      cell: (member) => (
        <>
          {t(`staff_role.${member.role}`)}
          {member.source === 'env' && <small>{t('access.source_env')}</small>}
        </>
      ),
    },
    {
      id: 'status',
      head: t('status'),
      slot: 'status',
      cell: (member) => <Status word={member.has_password ? member.status : stateOf(member)} />,
    },
    {
      id: 'mfa',
      head: t('account.mfa'),
      slot: 'extra',
      cell: (member) => (
        <Status word={member.mfa_enabled ? 'on' : 'off'}>{t(member.mfa_enabled ? 'account.mfa_on' : 'account.mfa_off')}</Status>
      ),
    },
    {
      id: 'last',
      head: t('team.last_seen'),
      slot: 'fact',
      align: 'end',
      cell: (member) => (member.last_login_at === null ? t('team.never') : <Time at={member.last_login_at} />),
    },
    {
      id: 'acts',
      head: t('acts'),
      headless: true,
      slot: 'acts',
      align: 'end',
      cell: (member) =>
        member.platform_user_id !== self && (
          <LazyMenu
            target={<IconButton icon={IconDots} label={t('acts_for', { name: member.display_name })} data-tip-side="start" />}
            groups={() => [{ entries: acts(member) }]}
          />
        ),
    },
  ];
  const add = (
    <Button variant="primary" icon={IconUserPlus} data-new onPointerEnter={() => void load()} onClick={() => nav.open({ new: 'staff' })}>
      {t('access.add')}
    </Button>
  );
  const active = [
    ...(role === undefined ? [] : [{ key: 'role', label: t(`staff_role.${role}`) }]),
    ...(status === undefined ? [] : [{ key: 'status', label: t(`status.${status}`) }]),
  ];
  const opened = query.data?.data.find((member) => member.platform_user_id === nav.search.member);
  const close = (): void => nav.open({ new: undefined, member: undefined });
  return (
    <Page title={t('platform.access')} purpose={t('access.purpose')} flush actions={add}>
      <FilterBar
        nav={nav}
        picks={[
          { key: 'role', label: t('team.any_role'), options: STAFF_ROLES.map((value) => ({ value, label: t(`staff_role.${value}`) })) },
          { key: 'status', label: t('team.any_status'), options: STATES.map((value) => ({ value, label: t(`status.${value}`) })) },
        ]}
      />
      <DataTable
        caption={t('platform.access')}
        columns={columns}
        query={query}
        rowKey={(member) => member.platform_user_id}
        tone={(member) => (member.status === 'active' ? undefined : toneOf(member.status))}
        nav={nav}
        filtered={filteredEmpty(t('access.lower'), active, nav)}
        empty={<Empty icon={IconUserShield} text={t('access.empty')} action={add} />}
      />
      <Suspense>
        {nav.search.new === 'staff' && <StaffDrawer onClose={close} />}
        {opened !== undefined && <StaffDrawer member={opened} onClose={close} />}
      </Suspense>
    </Page>
  );
}

/** Somebody who has not chosen a password yet has not come in yet. */
const stateOf = (member: StaffMember): string => (member.status === 'active' ? 'invited' : member.status);
