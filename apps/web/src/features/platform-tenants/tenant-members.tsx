import IconUsers from '@tabler/icons-react/icons/IconUsers';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { list } from '../../lib/format';
import { t } from '../../lib/i18n';
import type { ConsoleTenantDetail, Member } from '../../lib/types';
import { useStaff } from '../../components/can/staff-context';
import { DataTable, type Column } from '../../components/data-table/data-table';
import { Empty, filteredEmpty } from '../../components/data-table/empty';
import { FilterBar } from '../../components/data-table/filter-bar';
import { useListNav } from '../../components/data-table/use-list-nav';
import { scopeWords } from '../../components/permissions/scope-words';
import { Button } from '../../components/ui/button';
import { Status, toneOf } from '../../components/ui/status';
import { Time } from '../../components/ui/time';
import { membersQuery } from './queries';

const EnterDialog = lazy(() => import('./enter-dialog').then((module) => ({ default: module.EnterDialog })));
const route = getRouteApi('/platform/tenants/$tenant_id');

/** Who works there. Their data is not shown here: for that staff go in as one of them, with a reason. */
export function TenantMembers({ tenant }: { tenant: ConsoleTenantDetail }) {
  const staff = useStaff();
  const nav = useListNav(route.useSearch());
  const { q, cursor } = nav.search;
  const query = useQuery(membersQuery(tenant.tenant_id, { q, cursor }, nav.limit));
  const [entering, setEntering] = useState<Member | null>(null);
  const columns: Column<Member>[] = [
    {
      id: 'person',
      head: t('team.person'),
      slot: 'identity',
      cell: (member) => (
        <>
          {member.display_name || member.email}
          {member.display_name !== '' && <small>{member.email}</small>}
        </>
      ),
    },
    {
      id: 'roles',
      head: t('team.roles'),
      slot: 'fact',
      cell: (member) => (member.roles.length === 0 ? t('team.no_role') : list(member.roles.map((role) => role.name))),
    },
    { id: 'stores', head: t('team.stores'), slot: 'extra', cell: (member) => scopeWords(member.store_scope, undefined) },
    { id: 'status', head: t('status'), slot: 'status', cell: (member) => <Status word={member.status} /> },
    {
      id: 'seen',
      head: t('team.last_seen'),
      slot: 'fact',
      align: 'end',
      cell: (member) => (member.last_seen_at === null ? t('team.never') : <Time at={member.last_seen_at} />),
    },
    ...(staff.can('platform:impersonate') && tenant.status === 'active'
      ? [
          {
            id: 'acts',
            head: t('acts'),
            headless: true,
            slot: 'acts',
            align: 'end',
            cell: (member: Member) =>
              member.status === 'active' && (
                <Button
                  aria-label={t('support.enter_as', { name: member.display_name || member.email })}
                  onPointerEnter={() => void import('./enter-dialog')}
                  onClick={() => setEntering(member)}
                >
                  {t('support.enter')}
                </Button>
              ),
          } as const,
        ]
      : []),
  ];
  return (
    <>
      <FilterBar nav={nav} search={{ key: 'q', label: t('team.search') }} />
      <DataTable
        caption={t('team.members')}
        columns={columns}
        query={query}
        rowKey={(member) => member.user_id}
        tone={(member) => (member.status === 'active' ? undefined : toneOf(member.status))}
        nav={nav}
        filtered={filteredEmpty(t('team.members_lower'), q === undefined ? [] : [{ key: 'q', label: `“${q}”` }], nav)}
        empty={<Empty icon={IconUsers} text={t('tenants.no_members')} />}
      />
      <Suspense>{entering !== null && <EnterDialog tenant={tenant} member={entering} onClose={() => setEntering(null)} />}</Suspense>
    </>
  );
}
