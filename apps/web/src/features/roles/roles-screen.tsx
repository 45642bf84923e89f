import IconPlus from '@tabler/icons-react/icons/IconPlus';
import IconShieldLock from '@tabler/icons-react/icons/IconShieldLock';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { t, tryText } from '../../lib/i18n';
import { rolesQuery } from '../../lib/tenant-queries';
import type { Role } from '../../lib/types';
import { Can, useTenant } from '../../components/can/tenant-context';
import { DataTable, type Column } from '../../components/data-table/data-table';
import { Empty } from '../../components/data-table/empty';
import { Page } from '../../components/shell/page';
import { LinkButton } from '../../components/ui/button';

const resourcesOf = (role: Role): string[] => [...new Set(role.permissions.map((name) => name.split(':')[0] ?? ''))];
const SHOWN = 5;

export function RolesScreen() {
  const here = useTenant();
  const roles = useQuery(rolesQuery(here));
  const columns: Column<Role>[] = [
    {
      id: 'name',
      head: t('roles.role'),
      slot: 'identity',
      cell: (role) => (
        <>
          <Link to="/t/$tenant/roles/$role_id" params={{ tenant: here.slug, role_id: role.role_id }} search={{}}>
            {role.name}
          </Link>
          {role.description !== null && role.description !== '' && <small>{role.description}</small>}
        </>
      ),
    },
    { id: 'kind', head: t('roles.kind'), slot: 'status', cell: (role) => t(role.is_system ? 'roles.system' : 'roles.custom') },
    {
      id: 'about',
      head: t('roles.about'),
      slot: 'extra',
      cell: (role) => {
        const resources = resourcesOf(role);
        const words = resources.slice(0, SHOWN).map((resource) => tryText(`resource.${resource}`, resource));
        return resources.length > SHOWN
          ? t('roles.and_more', { list: words.join(', '), count: resources.length - SHOWN })
          : words.join(', ');
      },
    },
    {
      id: 'permissions',
      head: t('roles.permissions'),
      slot: 'fact',
      align: 'end',
      cell: (role) => t('roles.permission_count', { count: role.permissions.length }),
    },
    {
      id: 'members',
      head: t('team.members'),
      slot: 'fact',
      align: 'end',
      cell: (role) => t('roles.member_count', { count: role.member_count }),
    },
  ];
  return (
    <Page
      title={t('nav.roles')}
      purpose={t('roles.purpose')}
      flush
      actions={
        <>
          <LinkButton variant="quiet" to="/t/$tenant/roles/explain" params={{ tenant: here.slug }} search={{}}>
            {t('explain.title')}
          </LinkButton>
          <Can do="roles:write">
            <LinkButton variant="primary" icon={IconPlus} data-new to="/t/$tenant/roles/new" params={{ tenant: here.slug }} search={{}}>
              {t('roles.new')}
            </LinkButton>
          </Can>
        </>
      }
    >
      <DataTable
        caption={t('nav.roles')}
        columns={columns}
        query={roles}
        rowKey={(role) => role.role_id}
        empty={<Empty icon={IconShieldLock} text={t('roles.empty')} />}
      />
    </Page>
  );
}
