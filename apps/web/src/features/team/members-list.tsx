import IconDotsVertical from '@tabler/icons-react/icons/IconDotsVertical';
import IconUsers from '@tabler/icons-react/icons/IconUsers';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { list } from '../../lib/format';
import { t } from '../../lib/i18n';
import { rolesQuery, storesQuery } from '../../lib/tenant-queries';
import type { Member } from '../../lib/types';
import { useTenant } from '../../components/can/tenant-context';
import { DataTable, type Column } from '../../components/data-table/data-table';
import { Empty, filteredEmpty } from '../../components/data-table/empty';
import { FilterBar } from '../../components/data-table/filter-bar';
import type { ListNav } from '../../components/data-table/use-list-nav';
import { LazyMenu } from '../../components/layers/lazy-menu';
import { IconButton } from '../../components/ui/button';
import { Status, toneOf } from '../../components/ui/status';
import { Time } from '../../components/ui/time';
import { scopeWords } from '../../components/permissions/scope-words';
import { membersQuery } from './queries';
import { useMemberActs } from './use-member-acts';

const STATES = ['active', 'suspended'] as const;

export function MembersList({ nav }: { nav: ListNav }) {
  const here = useTenant();
  const { search } = nav;
  const members = useQuery(membersQuery(here, search, nav.limit));
  const roles = useQuery({ ...rolesQuery(here), enabled: here.can('roles:read') });
  const stores = useQuery({ ...storesQuery(here), enabled: here.can('stores:read') });
  const actsOf = useMemberActs(nav);
  const roleName = roles.data?.data.find((role) => role.role_id === search.role)?.name;

  const columns: Column<Member>[] = [
    {
      id: 'person',
      head: t('team.person'),
      slot: 'identity',
      cell: (member) => (
        <>
          <Link from="/t/$tenant/team" search={(before) => ({ ...before, member: member.user_id })} resetScroll={false}>
            {member.display_name || member.email}
          </Link>
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
    {
      id: 'stores',
      head: t('team.stores'),
      slot: 'fact',
      cell: (member) => [...new Set(member.roles.map((role) => scopeWords(role.store_scope, stores.data?.data)))].join(' · '),
    },
    { id: 'status', head: t('status'), slot: 'status', cell: (member) => <Status word={member.status} /> },
    {
      id: 'seen',
      head: t('team.last_seen'),
      slot: 'extra',
      cell: (member) => (member.last_seen_at === null ? t('team.never') : <Time at={member.last_seen_at} />),
    },
    {
      id: 'acts',
      head: t('acts'),
      headless: true,
      slot: 'extra',
      align: 'end',
      cell: (member) => {
        const acts = actsOf(member);
        if (acts.length === 0) return null;
        return (
          <LazyMenu
            target={
              <IconButton
                icon={IconDotsVertical}
                label={t('acts_for', { name: member.display_name || member.email })}
                data-tip-side="start"
              />
            }
            groups={() => [{ entries: acts }]}
          />
        );
      },
    },
  ];
  const active = [
    search.q !== undefined && { key: 'q', label: `“${search.q}”` },
    search.status !== undefined && { key: 'status', label: t(search.status === 'active' ? 'status.active' : 'status.suspended') },
    search.role !== undefined && { key: 'role', label: roleName ?? t('team.role') },
  ].filter((filter) => filter !== false);
  return (
    <>
      <FilterBar
        nav={nav}
        search={{ key: 'q', label: t('team.search') }}
        picks={[
          { key: 'status', label: t('team.any_status'), options: STATES.map((value) => ({ value, label: t(`status.${value}`) })) },
          ...(roles.data === undefined
            ? []
            : [
                {
                  key: 'role',
                  label: t('team.any_role'),
                  options: roles.data.data.map((role) => ({ value: role.role_id, label: role.name })),
                },
              ]),
        ]}
      />
      <DataTable
        caption={t('team.members')}
        columns={columns}
        query={members}
        rowKey={(member) => member.user_id}
        tone={(member) => (member.status === 'active' ? undefined : toneOf(member.status))}
        nav={nav}
        filtered={filteredEmpty(t('team.members_lower'), active, nav)}
        empty={<Empty icon={IconUsers} text={t('team.empty')} />}
      />
    </>
  );
}
