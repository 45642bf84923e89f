import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ok } from '../../lib/api';
import { useForm } from '../../lib/form';
import { t } from '../../lib/i18n';
import { parseMoney } from '../../lib/money-input';
import { tenantKey } from '../../lib/queries';
import { showToast } from '../../lib/toast';
import type { NewProduct } from '../../lib/types';
import { useTenant } from '../../components/can/tenant-context';
import { FormFrame } from '../../components/form/form-frame';
import { TextField } from '../../components/form/inputs';
import { Drawer } from '../../components/layers/drawer';
import { Button } from '../../components/ui/button';

export function ItemDrawer({ currency, onClose }: { currency: string; onClose: () => void }) {
  const here = useTenant();
  const queries = useQueryClient();
  const create = useMutation({
    mutationFn: ({ body, key }: { body: NewProduct; key: string }) =>
      ok(here.api.POST('/api/v1/products', { body, headers: { 'Idempotency-Key': key } })),
    onSuccess: () => queries.invalidateQueries({ queryKey: tenantKey(here.tenant_id, 'inventory') }),
  });
  const form = useForm({
    initial: { name: '', sku: '', price: '' },
    paths: { price: 'price_minor' },
    codes: { sku_taken: 'sku' },
    validate: (values) => ({
      ...(values.name.trim() === '' ? { name: t('field.required') } : {}),
      ...(values.sku.trim() === '' ? { sku: t('field.required') } : {}),
      ...(parseMoney(values.price, currency) === null
        ? { price: t(values.price.trim() === '' ? 'field.required' : 'field.money', { currency }) }
        : {}),
    }),
    submit: async (values, key) => {
      const price = parseMoney(values.price, currency);
      await create.mutateAsync({ body: { name: values.name.trim(), sku: values.sku.trim(), price_minor: price ?? 0 }, key });
      showToast({ tone: 'ok', text: t('inventory.created', { name: values.name.trim() }) });
      onClose();
    },
  });
  return (
    <Drawer title={t('inventory.new')} onClose={onClose}>
      <FormFrame
        form={form}
        label={t('inventory.new')}
        actions={
          <>
            <Button type="submit" variant="primary" pending={form.pending} pendingText={t('saving')}>
              {t('inventory.create')}
            </Button>
            <Button onClick={onClose}>{t('cancel')}</Button>
          </>
        }
      >
        <TextField {...form.field('name')} label={t('inventory.name')} maxLength={200} autoFocus />
        <TextField {...form.field('sku')} label={t('inventory.sku')} help={t('inventory.sku_help')} maxLength={64} mono />
        <TextField {...form.field('price')} label={t('inventory.price')} suffix={currency} inputMode="decimal" />
      </FormFrame>
    </Drawer>
  );
}
