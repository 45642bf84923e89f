import { useQuery } from '@tanstack/react-query';
import { useForm } from '../../lib/form';
import { t } from '../../lib/i18n';
import { permissionsQuery, rolesQuery, storesQuery } from '../../lib/tenant-queries';
import { showToast } from '../../lib/toast';
import { ALL_STORES } from '../../lib/types';
import { useTenant } from '../../components/can/tenant-context';
import { FormFrame } from '../../components/form/form-frame';
import { SelectField, TextArea, TextField } from '../../components/form/inputs';
import { Drawer } from '../../components/layers/drawer';
import { ErrorBlock } from '../../components/states/error-block';
import { Button } from '../../components/ui/button';
import { beyondMine, invite, useTeamChange } from './queries';
import { ScopeField, scopeError } from '../../components/permissions/scope-field';

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

export function InviteDrawer({ onClose, onInvited }: { onClose: () => void; onInvited: () => void }) {
  const here = useTenant();
  const roles = useQuery(rolesQuery(here));
  const stores = useQuery({ ...storesQuery(here), enabled: here.can('stores:read') });
  const catalogue = useQuery(permissionsQuery(here));
  const change = useTeamChange();
  const held = catalogue.data && new Set<string>(catalogue.data.data.filter((row) => row.held).map((row) => row.permission_id));
  const form = useForm({
    initial: { email: '', role_id: '', store_scope: ALL_STORES, message: '' },
    codes: { already_member: 'email' },
    validate: (values) => ({
      ...(EMAIL.test(values.email.trim()) ? {} : { email: t(values.email.trim() === '' ? 'field.required' : 'field.email') }),
      ...(values.role_id === '' ? { role_id: t('team.choose_role') } : {}),
      ...(scopeError(values.store_scope) === undefined ? {} : { store_scope: scopeError(values.store_scope) }),
    }),
    submit: async (values, key) => {
      const email = values.email.trim();
      const message = values.message.trim();
      await change.mutateAsync((api) =>
        invite(api, { email, role_id: values.role_id, store_scope: values.store_scope, ...(message === '' ? {} : { message }) }, key),
      );
      showToast({ tone: 'ok', text: t('team.invited', { email }) });
      onInvited();
    },
  });
  const options = (roles.data?.data ?? []).map((role) => {
    const missing = beyondMine(role, held);
    return {
      value: role.role_id,
      label: missing.length === 0 ? role.name : t('team.role_locked', { role: role.name }),
      disabled: missing.length > 0,
    };
  });
  const scope = form.field('store_scope');
  const role = roles.data?.data.find((one) => one.role_id === form.values.role_id);
  return (
    <Drawer title={t('team.invite_title', { tenant: here.me.tenant.name })} onClose={onClose}>
      {roles.isError ? (
        <ErrorBlock error={roles.error} onRetry={() => void roles.refetch()} />
      ) : (
        <FormFrame
          form={form}
          label={t('team.invite')}
          actions={
            <>
              <Button type="submit" variant="primary" pending={form.pending} pendingText={t('team.inviting')}>
                {t('team.send_invitation')}
              </Button>
              <Button onClick={onClose}>{t('cancel')}</Button>
            </>
          }
        >
          <TextField {...form.field('email')} label={t('login.email')} type="email" autoComplete="off" maxLength={254} autoFocus />
          <SelectField
            {...form.field('role_id')}
            label={t('team.role')}
            help={role?.description ?? t('team.role_help')}
            options={[{ value: '', label: t('team.choose_role') }, ...options]}
          />
          <ScopeField
            id={scope.id}
            legend={t('team.stores')}
            scope={scope.value}
            stores={stores.data?.data ?? []}
            error={scope.error}
            onChange={scope.onChange}
          />
          <TextArea {...form.field('message')} label={t('team.message')} help={t('team.message_help')} optional rows={3} maxLength={500} />
        </FormFrame>
      )}
    </Drawer>
  );
}
