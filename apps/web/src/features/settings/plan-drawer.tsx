import { useQuery } from '@tanstack/react-query';
import { money } from '../../lib/format';
import { useForm } from '../../lib/form';
import { t } from '../../lib/i18n';
import { showToast } from '../../lib/toast';
import type { Plan, Subscription } from '../../lib/types';
import { useTenant } from '../../components/can/tenant-context';
import { FormFrame } from '../../components/form/form-frame';
import { Choice, ChoiceGroup, SelectField, TextField } from '../../components/form/inputs';
import { Drawer } from '../../components/layers/drawer';
import { ErrorBlock } from '../../components/states/error-block';
import { Pending } from '../../components/states/pending';
import { Button } from '../../components/ui/button';
import { Note } from '../../components/ui/layout';
import { byPrice, priceOf, totalOf } from './plan-price';
import { changeSubscription, plansQuery, startSubscription, useSubscriptionChange } from './subscription-queries';
import css from './subscription.module.css';

const INTERVALS = ['month', 'quarter', 'year'] as const;
const LIVE = ['trialing', 'active', 'past_due'];
const MOST = 10_000;

interface Props {
  subscription: Subscription | null;
  onClose: () => void;
}

/** Another plan, or the first one. What it costs stands there before it is bought. */
export function PlanDrawer({ subscription, onClose }: Props) {
  const plans = useQuery(plansQuery);
  const live = subscription !== null && LIVE.includes(subscription.status) ? subscription : null;
  return (
    <Drawer title={t(live === null ? 'subscription.choose' : 'subscription.change')} onClose={onClose}>
      {plans.isError && plans.data === undefined ? (
        <ErrorBlock error={plans.error} onRetry={() => void plans.refetch()} />
      ) : plans.data === undefined ? (
        <Pending />
      ) : (
        <PlanForm plans={plans.data} live={live} onClose={onClose} />
      )}
    </Drawer>
  );
}

function PlanForm({ plans, live, onClose }: { plans: readonly Plan[]; live: Subscription | null; onClose: () => void }) {
  const { me } = useTenant();
  const change = useSubscriptionChange();
  const currency = live?.currency ?? me.tenant.currency;
  const addOns = plans.filter((plan) => plan.is_addon);
  const had = (code: string): string => String(live?.items.find((item) => item.plan_code === code)?.quantity ?? 0);
  const form = useForm({
    initial: {
      plan_code: live?.plan_code ?? plans.find((plan) => !plan.is_addon)?.plan_code ?? '',
      interval: live?.interval ?? ('month' as Subscription['interval']),
      counts: Object.fromEntries(addOns.map((plan) => [plan.plan_code, had(plan.plan_code)])),
    },
    paths: { counts: 'items' },
    codes: { unknown_plan: 'plan_code', base_plan_required: 'plan_code' },
    validate: (values) => (Object.values(values.counts).every(isCount) ? {} : { counts: t('subscription.count_wrong', { max: MOST }) }),
    submit: async (values, key) => {
      const items = itemsOf(values.counts);
      await change.mutateAsync((api) =>
        live === null
          ? startSubscription(api, { plan_code: values.plan_code, interval: values.interval, items }, key)
          : changeSubscription(api, { plan_code: values.plan_code, items }),
      );
      showToast({ tone: 'ok', text: t('subscription.changed') });
      onClose();
    },
  });
  const { values } = form;
  // A plan that staff gave and nobody can buy stays choosable as long as it is the one.
  const bases = byPrice(
    plans.filter((plan) => !plan.is_addon),
    values.interval,
    currency,
  );
  const options = bases.some((plan) => plan.plan_code === live?.plan_code) || live === null ? bases : [own(live), ...bases];
  const total = totalOf(plans, { plan_code: values.plan_code, items: itemsOf(values.counts) }, values.interval, currency);
  return (
    <FormFrame
      form={form}
      label={t('subscription.change')}
      actions={
        <>
          <Button type="submit" variant="primary" disabled={!form.dirty && live !== null} pending={form.pending} pendingText={t('working')}>
            {t(live === null ? 'subscription.start' : 'subscription.change')}
          </Button>
          <Button onClick={onClose}>{t('cancel')}</Button>
        </>
      }
    >
      {live?.status === 'trialing' && <Note>{t('subscription.ends_trial')}</Note>}
      <ChoiceGroup id="plan" legend={t('usage.plan')} error={form.field('plan_code').error}>
        {options.map((plan) => {
          const amount = priceOf(plan, values.interval, currency);
          return (
            <Choice
              key={plan.plan_code}
              type="radio"
              name="plan"
              label={plan.name}
              help={
                amount === null ? t('subscription.by_staff') : t(`subscription.per.${values.interval}`, { amount: money(amount, currency) })
              }
              checked={values.plan_code === plan.plan_code}
              onChange={() => form.set('plan_code', plan.plan_code)}
            />
          );
        })}
      </ChoiceGroup>
      {live === null && (
        <SelectField
          {...form.field('interval')}
          label={t('subscription.interval')}
          options={INTERVALS.map((value) => ({ value, label: t(`subscription.interval.${value}`) }))}
        />
      )}
      {addOns.length > 0 && (
        <ChoiceGroup id="counts" legend={t('subscription.addons')} error={form.field('counts').error}>
          <div className={css.addons}>
            {addOns.map((plan) => (
              <TextField
                key={plan.plan_code}
                id={`count-${plan.plan_code}`}
                name={plan.plan_code}
                label={plan.name}
                value={values.counts[plan.plan_code] ?? '0'}
                error={undefined}
                inputMode="numeric"
                maxLength={5}
                autoComplete="off"
                onBlur={() => undefined}
                onChange={(text) => form.set('counts', { ...values.counts, [plan.plan_code]: text.trim() })}
              />
            ))}
          </div>
        </ChoiceGroup>
      )}
      {total !== null && (
        <p className={css.total}>
          <span>{t('subscription.total')}</span>
          <span>{t(`subscription.per.${values.interval}`, { amount: money(total, currency) })}</span>
        </p>
      )}
    </FormFrame>
  );
}

const isCount = (text: string): boolean => /^\d{1,5}$/.test(text) && Number(text) <= MOST;
const itemsOf = (counts: Readonly<Record<string, string>>) =>
  Object.entries(counts)
    .filter(([, text]) => isCount(text) && Number(text) > 0)
    .map(([plan_code, text]) => ({ plan_code, quantity: Number(text) }));
const own = ({ plan_code, items }: Subscription): Plan => ({
  plan_code,
  name: items.find((item) => item.plan_code === plan_code)?.name ?? plan_code,
  is_addon: false,
  modules: [],
  limits: {},
  trial_days: 0,
  prices: [],
});
