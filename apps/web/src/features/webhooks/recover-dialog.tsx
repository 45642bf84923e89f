import { useState } from 'react';
import { useForm } from '../../lib/form';
import { t } from '../../lib/i18n';
import { showToast } from '../../lib/toast';
import type { Webhook } from '../../lib/types';
import { SPANS_MS } from '../../components/audit-log/audit-query';
import { useTenant } from '../../components/can/tenant-context';
import { FormFrame } from '../../components/form/form-frame';
import { Choice, ChoiceGroup, SelectField } from '../../components/form/inputs';
import { Dialog } from '../../components/layers/dialog';
import { Button } from '../../components/ui/button';
import { countRecovery, recover, useWebhookChange, type Recovery } from './queries';

const SPANS = ['1h', '24h', '7d', '30d'] as const;
const STATES = ['dlq', 'cancelled', 'held', 'success'] as const;

/** Counts first; only what was counted is started. */
export function RecoverDialog({ webhook, onClose }: { webhook: Webhook; onClose: () => void }) {
  const here = useTenant();
  const change = useWebhookChange<unknown>();
  const [counted, setCounted] = useState<{ count: number; body: Recovery } | null>(null);
  const form = useForm({
    initial: { since: '24h' as (typeof SPANS)[number], dlq: true, cancelled: false, held: false, success: false, include_missing: false },
    guard: false,
    validate: (values) => (STATES.some((state) => values[state]) ? {} : { dlq: t('field.required') }),
    submit: async (values) => {
      if (counted !== null) {
        await change.mutateAsync((api) => recover(api, webhook.webhook_id, counted.body));
        showToast({ tone: 'ok', text: t('webhooks.started') });
        return onClose();
      }
      const body: Recovery = {
        since: new Date(Date.now() - (SPANS_MS[values.since] ?? 0)).toISOString(),
        statuses: STATES.filter((state) => values[state]),
        include_missing: values.include_missing,
      };
      setCounted({ count: await countRecovery(here.api, webhook.webhook_id, body), body });
    },
  });
  // Another question needs another count.
  const ask = (set: () => void): void => {
    set();
    setCounted(null);
  };
  const since = form.field('since');
  const title = t('webhooks.recover_title', { name: webhook.name });
  return (
    <Dialog title={title} onClose={onClose}>
      <FormFrame
        form={form}
        label={title}
        actions={
          <>
            <Button onClick={onClose}>{t('cancel')}</Button>
            <Button type="submit" variant="primary" disabled={counted?.count === 0} pending={form.pending} pendingText={t('working')}>
              {counted === null ? t('webhooks.count') : t('webhooks.recover_go', { count: counted.count })}
            </Button>
          </>
        }
      >
        <p>{t('webhooks.recover_text')}</p>
        <SelectField
          {...since}
          onChange={(value) => ask(() => since.onChange(value))}
          label={t('webhooks.recover_since')}
          options={SPANS.map((value) => ({ value, label: t(`webhooks.since.${value}`) }))}
        />
        <ChoiceGroup legend={t('webhooks.recover_states')} id={form.field('dlq').id} error={form.field('dlq').error}>
          {STATES.map((state) => (
            <Choice
              key={state}
              label={t(`webhooks.delivery.${state}`)}
              checked={form.values[state]}
              onChange={(on) => ask(() => form.set(state, on))}
            />
          ))}
        </ChoiceGroup>
        <Choice
          label={t('webhooks.recover_missing')}
          checked={form.values.include_missing}
          onChange={(on) => ask(() => form.set('include_missing', on))}
        />
        <p aria-live="polite">{counted !== null && t('webhooks.recover_count', { count: counted.count })}</p>
      </FormFrame>
    </Dialog>
  );
}
