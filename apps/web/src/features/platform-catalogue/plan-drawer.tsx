import { useForm } from '../../lib/form';
import { money } from '../../lib/format';
import { t, tryText } from '../../lib/i18n';
import { showToast } from '../../lib/toast';
import type { PlatformPlan } from '../../lib/types';
import { FormFrame } from '../../components/form/form-frame';
import { Choice, ChoiceGroup, TextField } from '../../components/form/inputs';
import { Drawer } from '../../components/layers/drawer';
import { Button } from '../../components/ui/button';
import { Facts, Note, Section } from '../../components/ui/layout';
import { updatePlan, useCatalogueChange } from './queries';
import css from './catalogue.module.css';

function labelOf(code: string): string {
  const limit = tryText(`limit.${code}`, code);
  return code.endsWith('_bytes') ? t('limit.in_bytes', { limit }) : limit;
}
const WHOLE = /^\d{1,15}$/;
const isLimit = (text: string): boolean => text === '' || WHOLE.test(text);

/** What a plan gives. Limits reach every subscription of it; what was paid for stays as it was bought. */
export function PlanDrawer({ plan, onClose }: { plan: PlatformPlan; onClose: () => void }) {
  const change = useCatalogueChange();
  const form = useForm({
    initial: {
      name: plan.name,
      is_active: plan.is_active,
      trial_days: String(plan.trial_days),
      limits: Object.fromEntries(Object.entries(plan.limits).map(([code, max]) => [code, max === null ? '' : String(max)])),
    },
    codes: { plan_in_use: 'is_active' },
    validate: (values) => ({
      ...(values.name.trim() === '' ? { name: t('field.required') } : {}),
      ...(WHOLE.test(values.trial_days) && Number(values.trial_days) <= 365
        ? {}
        : { trial_days: t('security.between', { min: 0, max: 365 }) }),
      ...(Object.values(values.limits).every(isLimit) ? {} : { limits: t('entitled.whole_number') }),
    }),
    submit: async ({ name, is_active, trial_days, limits }) => {
      const numbers = Object.fromEntries(Object.entries(limits).map(([code, text]) => [code, text === '' ? null : Number(text)]));
      await change.mutateAsync(() => updatePlan(plan, { name: name.trim(), is_active, trial_days: Number(trial_days), limits: numbers }));
      showToast({ tone: 'ok', text: t('plans.saved', { name: name.trim() }) });
      onClose();
    },
  });
  const { limits } = form.values;
  return (
    <Drawer title={plan.name} size={560} onClose={onClose}>
      <FormFrame
        form={form}
        label={plan.name}
        actions={
          <>
            <Button type="submit" variant="primary" disabled={!form.dirty} pending={form.pending} pendingText={t('saving')}>
              {t('save')}
            </Button>
            <Button onClick={onClose}>{t('cancel')}</Button>
          </>
        }
      >
        <Note>{t('plans.reach', { count: plan.subscription_count })}</Note>
        <TextField {...form.field('name')} label={t('tenants.name')} maxLength={80} autoComplete="off" />
        {!plan.is_addon && (
          <TextField {...form.field('trial_days')} label={t('plans.trial')} inputMode="numeric" maxLength={3} autoComplete="off" />
        )}
        <ChoiceGroup id="limits" legend={t('usage.limits')} error={form.field('limits').error}>
          <div className={css.limits}>
            {Object.keys(limits).map((code) => (
              <TextField
                key={code}
                id={`limit-${code}`}
                name={code}
                label={labelOf(code)}
                placeholder={t('usage.no_limit')}
                value={limits[code] ?? ''}
                error={undefined}
                inputMode="numeric"
                maxLength={15}
                autoComplete="off"
                onBlur={() => undefined}
                onChange={(text) => form.set('limits', { ...limits, [code]: text.trim() })}
              />
            ))}
          </div>
        </ChoiceGroup>
        <ChoiceGroup id="sale" legend={t('plans.sale')} error={form.field('is_active').error}>
          <Choice
            label={t('plans.sold')}
            help={t('plans.sold_help')}
            checked={form.values.is_active}
            onChange={(on) => form.set('is_active', on)}
          />
        </ChoiceGroup>
      </FormFrame>
      {plan.prices.length > 0 && (
        <Section title={t('plans.prices')}>
          <Facts
            items={plan.prices.map((price) => [
              `${price.currency}, ${t(`subscription.interval.${price.interval}`)}`,
              money(price.amount, price.currency),
            ])}
          />
        </Section>
      )}
    </Drawer>
  );
}
