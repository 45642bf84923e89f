import { useQuery } from '@tanstack/react-query';
import { useForm } from '../../lib/form';
import { t } from '../../lib/i18n';
import { permissionsQuery, storesQuery } from '../../lib/tenant-queries';
import { ALL_STORES, type ApiKeyMade } from '../../lib/types';
import { useTenant } from '../../components/can/tenant-context';
import { FormFrame } from '../../components/form/form-frame';
import { SelectField, TextArea, TextField } from '../../components/form/inputs';
import { Drawer } from '../../components/layers/drawer';
import { PermissionMatrix } from '../../components/permissions/permission-matrix';
import matrix from '../../components/permissions/matrix.module.css';
import { ScopeField, scopeError } from '../../components/permissions/scope-field';
import { ErrorBlock } from '../../components/states/error-block';
import { Pending } from '../../components/states/pending';
import { Button } from '../../components/ui/button';
import { Section } from '../../components/ui/layout';
import { keyScopes, networksOf } from './key-rules';
import { createKey, useKeyChange } from './queries';

const DAYS = ['30', '90', '180', '365', '730'] as const;
const split = (names: string): string[] => names.split(' ').filter((name) => name !== '');

/** A key can do at most what its maker can: the matrix locks the rest. */
export function KeyDrawer({ onClose, onMade }: { onClose: () => void; onMade: (made: ApiKeyMade) => void }) {
  const here = useTenant();
  const catalogue = useQuery(permissionsQuery(here));
  const stores = useQuery({ ...storesQuery(here), enabled: here.can('stores:read') });
  const change = useKeyChange();
  const form = useForm({
    initial: { name: '', scopes: '', store_scope: ALL_STORES, days: '365' as (typeof DAYS)[number], networks: '' },
    paths: { days: 'expires_in_days', networks: 'ip_cidrs' },
    codes: { grant_exceeds_own: 'scopes', unknown_permission: 'scopes' },
    validate: (values) => ({
      ...(values.name.trim() === '' ? { name: t('field.required') } : {}),
      ...(values.scopes === '' ? { scopes: t('roles.choose_permission') } : {}),
      ...(scopeError(values.store_scope) === undefined ? {} : { store_scope: scopeError(values.store_scope) }),
    }),
    submit: async (values, key) => {
      const made = await change.mutateAsync((api) =>
        createKey(
          api,
          {
            name: values.name.trim(),
            scopes: split(values.scopes),
            store_scope: values.store_scope,
            expires_in_days: Number(values.days),
            ip_cidrs: networksOf(values.networks),
          },
          key,
        ),
      );
      onMade(made as ApiKeyMade);
    },
  });
  const chosen = new Set(split(form.values.scopes));
  const toggle = (name: string): void => {
    const next = new Set(chosen);
    if (!next.delete(name)) next.add(name);
    form.set('scopes', [...next].sort().join(' '));
  };
  const scope = form.field('store_scope');
  const error = form.field('scopes').error;
  return (
    <Drawer title={t('keys.new')} size={760} onClose={onClose}>
      {catalogue.isError ? (
        <ErrorBlock error={catalogue.error} onRetry={() => void catalogue.refetch()} />
      ) : catalogue.data === undefined ? (
        <Pending />
      ) : (
        <div className={matrix.form}>
          <FormFrame
            form={form}
            label={t('keys.new')}
            actions={
              <>
                <Button type="submit" variant="primary" pending={form.pending} pendingText={t('working')}>
                  {t('keys.create')}
                </Button>
                <Button onClick={onClose}>{t('cancel')}</Button>
              </>
            }
          >
            <TextField {...form.field('name')} label={t('keys.name')} help={t('keys.name_help')} maxLength={120} autoFocus />
            <SelectField
              {...form.field('days')}
              label={t('keys.expires')}
              options={DAYS.map((value) => ({ value, label: t('keys.in_days', { count: Number(value) }) }))}
            />
            <Section title={t('keys.scopes')} aside={<span>{t('roles.permission_count', { count: chosen.size })}</span>}>
              {error !== undefined && (
                <p className={matrix.error} aria-invalid tabIndex={-1}>
                  {error}
                </p>
              )}
              <PermissionMatrix catalogue={keyScopes(catalogue.data.data)} chosen={chosen} onToggle={toggle} />
            </Section>
            <ScopeField
              id={scope.id}
              legend={t('team.stores')}
              scope={scope.value}
              stores={stores.data?.data ?? []}
              error={scope.error}
              onChange={scope.onChange}
            />
            <TextArea
              {...form.field('networks')}
              label={t('keys.networks')}
              help={t('keys.networks_help')}
              optional
              rows={2}
              maxLength={900}
            />
          </FormFrame>
        </div>
      )}
    </Drawer>
  );
}
