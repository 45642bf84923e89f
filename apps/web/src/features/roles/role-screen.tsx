import IconCopy from '@tabler/icons-react/icons/IconCopy';
import IconTrash from '@tabler/icons-react/icons/IconTrash';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, useNavigate } from '@tanstack/react-router';
import { t } from '../../lib/i18n';
import { permissionsQuery, rolesQuery } from '../../lib/tenant-queries';
import { showToast } from '../../lib/toast';
import type { PermissionRow, Role } from '../../lib/types';
import { Can, useTenant } from '../../components/can/tenant-context';
import { askConfirm } from '../../components/confirm/confirm';
import { Page } from '../../components/shell/page';
import { ErrorPage } from '../../components/states/error-page';
import { Pending } from '../../components/states/pending';
import { Button, LinkButton } from '../../components/ui/button';
import { Section } from '../../components/ui/layout';
import { PermissionMatrix } from '../../components/permissions/permission-matrix';
import { deleteRole, roleQuery, updateRole, useRoleChange, useRolesAgain } from './queries';
import { RoleForm } from './role-form';
import css from '../../components/permissions/matrix.module.css';

const route = getRouteApi('/t/$tenant/roles/$role_id');

export function RoleScreen() {
  const { role_id } = route.useParams();
  const here = useTenant();
  const role = useQuery(roleQuery(here, role_id));
  const catalogue = useQuery(permissionsQuery(here));
  if (role.isError) return <ErrorPage error={role.error} reset={() => void role.refetch()} />;
  if (catalogue.isError) return <ErrorPage error={catalogue.error} reset={() => void catalogue.refetch()} />;
  if (role.data === undefined || catalogue.data === undefined) return <Pending />;
  return <RolePage key={role_id} role={role.data} catalogue={catalogue.data.data} />;
}

function RolePage({ role, catalogue }: { role: Role; catalogue: readonly PermissionRow[] }) {
  const here = useTenant();
  const navigate = useNavigate();
  const change = useRoleChange();
  const again = useRolesAgain();
  const editable = !role.is_system && here.can('roles:write');
  const remove = (): void =>
    askConfirm({
      tier: 2,
      name: role.name,
      title: t('roles.delete_title', { role: role.name }),
      consequence: t('roles.delete_text'),
      verb: t('roles.delete'),
      pendingText: t('working'),
      run: async () => {
        await deleteRole(here.api, role.role_id);
        // Away first: this page must not ask for the role that is gone.
        await navigate({ to: '/t/$tenant/roles', params: { tenant: here.slug }, ignoreBlocker: true });
        await again();
        showToast({ tone: 'ok', text: t('roles.deleted', { role: role.name }) });
      },
    });
  return (
    <Page
      title={role.name}
      crumb={{ label: t('nav.roles'), to: `/t/${here.slug}/roles` }}
      purpose={role.is_system ? t('roles.system_text', { count: role.member_count }) : t('roles.custom_text', { count: role.member_count })}
      actions={
        <>
          {!role.is_system && (
            <Can do="roles:delete">
              <Button variant="danger" icon={IconTrash} onClick={remove}>
                {t('roles.delete')}
              </Button>
            </Can>
          )}
          <Can do="roles:write">
            <LinkButton icon={IconCopy} to="/t/$tenant/roles/new" params={{ tenant: here.slug }} search={{ copy: role.role_id }}>
              {t('roles.copy')}
            </LinkButton>
          </Can>
        </>
      }
    >
      {editable ? (
        <RoleForm
          initial={{ name: role.name, description: role.description ?? '', permissions: role.permissions }}
          catalogue={catalogue}
          submitText={t('roles.save')}
          onSubmit={async (input) => {
            await change.mutateAsync((api) => updateRole(api, role.role_id, input));
            showToast({ tone: 'ok', text: t('roles.saved', { role: input.name }) });
          }}
        />
      ) : (
        <ReadOnly role={role} catalogue={catalogue} />
      )}
    </Page>
  );
}

function ReadOnly({ role, catalogue }: { role: Role; catalogue: readonly PermissionRow[] }) {
  const here = useTenant();
  const { compare } = route.useSearch();
  const navigate = route.useNavigate();
  const roles = useQuery(rolesQuery(here)).data?.data ?? [];
  const other = roles.find((one) => one.role_id === compare);
  return (
    <Section
      title={t('roles.permissions')}
      aside={
        <label className={css.compare}>
          {t('roles.compare')}
          <select
            value={compare ?? ''}
            onChange={(event) => void navigate({ search: { compare: event.currentTarget.value || undefined }, resetScroll: false })}
          >
            <option value="">{t('roles.compare_none')}</option>
            {roles
              .filter((one) => one.role_id !== role.role_id)
              .map((one) => (
                <option key={one.role_id} value={one.role_id}>
                  {one.name}
                </option>
              ))}
          </select>
        </label>
      }
    >
      <PermissionMatrix
        catalogue={catalogue}
        chosen={new Set(role.permissions)}
        other={other && { name: other.name, permissions: new Set(other.permissions) }}
      />
    </Section>
  );
}
