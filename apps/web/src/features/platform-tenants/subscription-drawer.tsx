import { useQuery } from '@tanstack/react-query';
import { useForm } from '../../lib/form';
import { t } from '../../lib/i18n';
import { plansQuery } from '../../lib/platform-queries';
import { rememberReason } from '../../lib/storage';
import { showToast } from '../../lib/toast';
import type { StaffEntitlements } from '../../lib/types';
import { MIN_REASON } from '../../components/confirm/confirm';
import { FormFrame } from '../../components/form/form-frame';
import { SelectField, TextArea } from '../../components/form/inputs';
import { Drawer } from '../../components/layers/drawer';
import { ErrorBlock } from '../../components/states/error-block';
import { Pending } from '../../components/states/pending';
import { Button } from '../../components/ui/button';
import { setEntitlements, useTenantChange } from './queries';

const STATES = ['active', 'past_due', 'cancelled'] as const;

/** Another plan, or what became of the payment. */
export function SubscriptionDrawer({ entitlements, onClose }: { entitlements: StaffEntitlements; onClose: () => void }) {
  const plans = useQuery(plansQuery);
  return (
    <Drawer title={t('entitled.change_subscription')} onClose={onClose}>
      {plans.isError && plans.data === undefined ? (
        <ErrorBlock error={plans.error} onRetry={() => void plans.refetch()} />
      ) : plans.data === undefined ? (
        <Pending />
      ) : (
        <SubscriptionForm
          entitlements={entitlements}
          plans={plans.data.data
            .filter((plan) => !plan.is_addon && plan.is_active)
            .map(({ plan_code, name }) => ({ value: plan_code, label: name }))}
          onClose={onClose}
        />
      )}
    </Drawer>
  );
}

interface FormProps {
  entitlements: StaffEntitlements;
  plans: readonly { value: string; label: string }[];
  onClose: () => void;
}
function SubscriptionForm({ entitlements, plans, onClose }: FormProps) {
  const change = useTenantChange();
  const had = entitlements.subscription;
  const form = useForm({
    initial: { plan_code: had?.plan_code ?? plans[0]?.value ?? '', status: '' as '' | (typeof STATES)[number], reason: '' },
    codes: { reason_required: 'reason', unknown_plan: 'plan_code', invalid_transition: 'status' },
    validate: (values) => (values.reason.trim().length < MIN_REASON ? { reason: t('confirm.reason_short', { min: MIN_REASON }) } : {}),
    submit: async ({ plan_code, status, reason: typed }) => {
      const reason = typed.trim();
      const subscription = {
        ...(plan_code === had?.plan_code ? {} : { plan_code }),
        ...(status === '' ? {} : { status }),
      };
      await change.mutateAsync(() => setEntitlements(entitlements.tenant_id, { subscription, reason }));
      rememberReason(reason);
      showToast({ tone: 'ok', text: t('entitled.subscription_changed') });
      onClose();
    },
  });
  const { values } = form;
  const changes = values.status !== '' || values.plan_code !== had?.plan_code;
  return (
    <FormFrame
      form={form}
      label={t('entitled.change_subscription')}
      actions={
        <>
          <Button type="submit" variant="primary" disabled={!changes} pending={form.pending} pendingText={t('saving')}>
            {t('entitled.change_subscription')}
          </Button>
          <Button onClick={onClose}>{t('cancel')}</Button>
        </>
      }
    >
      <SelectField {...form.field('plan_code')} label={t('usage.plan')} options={plans} />
      {had !== null && (
        <SelectField
          {...form.field('status')}
          label={t('entitled.payment')}
          options={[
            { value: '' as const, label: t('entitled.payment.same') },
            ...STATES.map((value) => ({ value, label: t(`entitled.payment.${value}`) })),
          ]}
        />
      )}
      <TextArea {...form.field('reason')} label={t('confirm.reason')} help={t('confirm.reason_help')} rows={2} maxLength={500} />
    </FormFrame>
  );
}
