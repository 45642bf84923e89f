import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { t } from '../../lib/i18n';
import { permissionsQuery, rolesQuery } from '../../lib/tenant-queries';
import { showToast } from '../../lib/toast';
import type { Role } from '../../lib/types';
import { useTenant } from '../../components/can/tenant-context';
import { Page } from '../../components/shell/page';
import { ErrorPage } from '../../components/states/error-page';
import { Pending } from '../../components/states/pending';
import { createRole, useRoleChange } from './queries';
import { RoleForm } from './role-form';

const route = getRouteApi('/t/$tenant/roles/new');

/** From scratch, or from a copy: of the copied role only what the reader may give is taken over. */
export function NewRoleScreen() {
  const { copy } = route.useSearch();
  const here = useTenant();
  const navigate = useNavigate();
  const catalogue = useQuery(permissionsQuery(here));
  const roles = useQuery(rolesQuery(here));
  const change = useRoleChange();
  const failed = catalogue.error ?? roles.error;
  if (failed !== null) return <ErrorPage error={failed} reset={() => void Promise.all([catalogue.refetch(), roles.refetch()])} />;
  if (catalogue.data === undefined || roles.data === undefined) return <Pending />;
  const held = new Set<string>(catalogue.data.data.filter((row) => row.held).map((row) => row.permission_id));
  const source = roles.data.data.find((role) => role.role_id === copy);
  return (
    <Page
      title={t('roles.new')}
      crumb={{ label: t('nav.roles'), to: `/t/${here.slug}/roles` }}
      purpose={source === undefined ? t('roles.new_text') : t('roles.copy_text', { role: source.name })}
    >
      <RoleForm
        key={copy}
        initial={{
          name: source === undefined ? '' : t('roles.copy_of', { role: source.name }),
          description: source?.description ?? '',
          permissions: (source?.permissions ?? []).filter((name) => held.has(name)),
        }}
        catalogue={catalogue.data.data}
        submitText={t('roles.create')}
        onSubmit={async (input, key) => {
          const made = (await change.mutateAsync((api) => createRole(api, input, key))) as Role;
          showToast({ tone: 'ok', text: t('roles.created', { role: input.name }) });
          await navigate({
            to: '/t/$tenant/roles/$role_id',
            params: { tenant: here.slug, role_id: made.role_id },
            search: {},
            ignoreBlocker: true,
          });
        }}
      />
    </Page>
  );
}
