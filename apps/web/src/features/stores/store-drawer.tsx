import { useQuery } from '@tanstack/react-query';
import { useForm } from '../../lib/form';
import { t } from '../../lib/i18n';
import { entitlementsQuery } from '../../lib/tenant-queries';
import { showToast } from '../../lib/toast';
import type { Store } from '../../lib/types';
import { currencies, zones } from '../../lib/zones';
import { useTenant } from '../../components/can/tenant-context';
import { FormFrame } from '../../components/form/form-frame';
import { SelectField, TextField } from '../../components/form/inputs';
import { Drawer } from '../../components/layers/drawer';
import { ErrorBlock } from '../../components/states/error-block';
import { Pending } from '../../components/states/pending';
import { Button } from '../../components/ui/button';
import { Facts, Note, Stack } from '../../components/ui/layout';
import { Meter } from '../../components/ui/meter';
import { Status } from '../../components/ui/status';
import { createStore, storeQuery, updateStore, useStoreChange } from './queries';

const CODE = /^[A-Za-z0-9_-]{1,20}$/;
const options = (values: readonly string[]) => values.map((value) => ({ value, label: value }));

export function NewStoreDrawer({ onClose }: { onClose: () => void }) {
  const here = useTenant();
  const limit = useQuery(entitlementsQuery(here)).data?.limits.find((one) => one.code === 'max_stores');
  return (
    <Drawer title={t('stores.new')} onClose={onClose}>
      <Stack>
        <StoreForm onClose={onClose} />
        {limit !== undefined && limit.max !== null && <Meter label={t('limit.max_stores')} used={limit.used} max={limit.max} />}
      </Stack>
    </Drawer>
  );
}

export function StoreDrawer({ storeId, onClose }: { storeId: string; onClose: () => void }) {
  const here = useTenant();
  const query = useQuery(storeQuery(here, storeId));
  const store = query.data;
  return (
    <Drawer title={store?.name ?? t('stores.store')} onClose={onClose} focusTitle={!here.can('stores:write')}>
      {query.isError ? (
        <ErrorBlock error={query.error} onRetry={() => void query.refetch()} />
      ) : store === undefined ? (
        <Pending />
      ) : here.can('stores:write') ? (
        // Another version is another form: what was read is what If-Match names.
        <StoreForm key={store.row_version} store={store} onClose={onClose} />
      ) : (
        <Stack>
          <Facts
            items={[
              [t('stores.code'), <code key="code">{store.code}</code>],
              [t('status'), <Status key="status" word={store.status} />],
              [t('stores.zone'), store.time_zone],
              [t('stores.currency'), store.currency],
              [t('stores.phone'), store.phone ?? '–'],
            ]}
          />
          <Note>{t('team.read_only')}</Note>
        </Stack>
      )}
    </Drawer>
  );
}

function StoreForm({ store, onClose }: { store?: Store; onClose: () => void }) {
  const { tenant } = useTenant().me;
  const change = useStoreChange();
  const form = useForm({
    initial: {
      name: store?.name ?? '',
      code: store?.code ?? '',
      phone: store?.phone ?? '',
      time_zone: store?.time_zone ?? tenant.time_zone,
      currency: store?.currency ?? tenant.currency,
    },
    codes: { store_code_taken: 'code' },
    validate: (values) => ({
      ...(values.name.trim() === '' ? { name: t('field.required') } : {}),
      ...(CODE.test(values.code.trim()) ? {} : { code: t(values.code.trim() === '' ? 'field.required' : 'stores.code_wrong') }),
    }),
    submit: async (values, key) => {
      const phone = values.phone.trim();
      const input = { ...values, name: values.name.trim(), code: values.code.trim(), phone: phone === '' ? null : phone };
      await change.mutateAsync((api) =>
        store === undefined ? createStore(api, input, key) : updateStore(api, store.store_id, input, store.row_version),
      );
      showToast({ tone: 'ok', text: t(store === undefined ? 'stores.created' : 'stores.saved', { name: input.name }) });
      onClose();
    },
  });
  return (
    <FormFrame
      form={form}
      label={store?.name ?? t('stores.new')}
      actions={
        <>
          <Button type="submit" variant="primary" pending={form.pending} pendingText={t('saving')}>
            {t(store === undefined ? 'stores.create' : 'save')}
          </Button>
          <Button onClick={onClose}>{t('cancel')}</Button>
        </>
      }
    >
      <TextField {...form.field('name')} label={t('stores.name')} maxLength={120} autoFocus />
      <TextField {...form.field('code')} label={t('stores.code')} help={t('stores.code_help')} maxLength={20} mono />
      <SelectField {...form.field('time_zone')} label={t('stores.zone')} options={options(zones(form.values.time_zone))} />
      <SelectField {...form.field('currency')} label={t('stores.currency')} options={options(currencies(form.values.currency))} />
      <TextField {...form.field('phone')} label={t('stores.phone')} optional maxLength={40} autoComplete="off" />
    </FormFrame>
  );
}
