import { useForm } from '../../lib/form';
import { limitAmount } from '../../lib/format';
import { t, tryText } from '../../lib/i18n';
import { rememberReason } from '../../lib/storage';
import { showToast } from '../../lib/toast';
import type { StaffEntitlements } from '../../lib/types';
import { MIN_REASON } from '../../components/confirm/confirm';
import { FormFrame } from '../../components/form/form-frame';
import { Choice, SelectField, TextArea, TextField } from '../../components/form/inputs';
import { Drawer } from '../../components/layers/drawer';
import { Button } from '../../components/ui/button';
import { setEntitlements, useTenantChange } from './queries';

const nameOf = (code: string): string => tryText(`limit.${code}`, code);

/** One limit, set by hand over the plan's until it is taken back. */
export function LimitDrawer({ entitlements, onClose }: { entitlements: StaffEntitlements; onClose: () => void }) {
  const change = useTenantChange();
  const { limits, tenant_id } = entitlements;
  const form = useForm({
    initial: { code: limits[0]?.code ?? '', value: '', unlimited: false, reason: '' },
    codes: { reason_required: 'reason' },
    validate: (values) => ({
      ...(values.unlimited || /^\d{1,15}$/.test(values.value.trim()) ? {} : { value: t('entitled.whole_number') }),
      ...(values.reason.trim().length < MIN_REASON ? { reason: t('confirm.reason_short', { min: MIN_REASON }) } : {}),
    }),
    submit: async ({ code, value, unlimited, reason: typed }) => {
      const reason = typed.trim();
      await change.mutateAsync(() => setEntitlements(tenant_id, { limits: { [code]: unlimited ? null : Number(value) }, reason }));
      rememberReason(reason);
      showToast({ tone: 'ok', text: t('entitled.limit_set', { what: nameOf(code) }) });
      onClose();
    },
  });
  const now = limits.find((one) => one.code === form.values.code);
  const max = now?.max ?? null;
  const written = now && max !== null ? limitAmount(now.code, max) : t('usage.no_limit');
  return (
    <Drawer title={t('entitled.set_limit')} onClose={onClose}>
      <FormFrame
        form={form}
        label={t('entitled.set_limit')}
        actions={
          <>
            <Button type="submit" variant="primary" pending={form.pending} pendingText={t('saving')}>
              {t('entitled.set_limit')}
            </Button>
            <Button onClick={onClose}>{t('cancel')}</Button>
          </>
        }
      >
        <SelectField
          {...form.field('code')}
          label={t('entitled.limit')}
          help={now && t('entitled.now', { max: written, used: limitAmount(now.code, now.used) })}
          options={limits.map(({ code }) => ({ value: code, label: nameOf(code) }))}
        />
        <TextField
          {...form.field('value')}
          label={t(form.values.code.endsWith('_bytes') ? 'entitled.value_bytes' : 'entitled.value')}
          inputMode="numeric"
          maxLength={15}
          autoComplete="off"
          disabled={form.values.unlimited}
          autoFocus
        />
        <Choice label={t('usage.no_limit')} checked={form.values.unlimited} onChange={(on) => form.set('unlimited', on)} />
        <TextArea {...form.field('reason')} label={t('confirm.reason')} help={t('confirm.reason_help')} rows={2} maxLength={500} />
      </FormFrame>
    </Drawer>
  );
}
