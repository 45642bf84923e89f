import { useQuery } from '@tanstack/react-query';
import { useForm } from '../../lib/form';
import { t } from '../../lib/i18n';
import { tenantKey } from '../../lib/queries';
import { showToast } from '../../lib/toast';
import type { Webhook } from '../../lib/types';
import { useTenant } from '../../components/can/tenant-context';
import { MIN_REASON } from '../../components/confirm/confirm';
import { FormFrame } from '../../components/form/form-frame';
import { TextArea } from '../../components/form/inputs';
import { Dialog } from '../../components/layers/dialog';
import { ErrorBlock } from '../../components/states/error-block';
import { Pending } from '../../components/states/pending';
import { Button } from '../../components/ui/button';
import { countReplay, purgeDeadLetters, replayDeadLetters, useWebhookChange, type DeadLetters } from './queries';

interface Props {
  act: 'replay' | 'purge';
  webhook: Webhook;
  filter: DeadLetters;
  onDone: () => void;
  onClose: () => void;
}

/** Replays or discards every dead letter that matches the filters. How many that are stands on the button. */
export function DeadLettersDialog({ act, webhook, filter, onDone, onClose }: Props) {
  const here = useTenant();
  const change = useWebhookChange<unknown>();
  const count = useQuery({
    queryKey: tenantKey(here.tenant_id, 'webhooks', 'dead-letters', webhook.webhook_id, filter),
    queryFn: () => countReplay(here.api, webhook.webhook_id, filter),
    gcTime: 0,
    staleTime: 0,
  });
  const form = useForm({
    initial: { reason: '' },
    guard: false,
    validate: ({ reason }) =>
      act === 'purge' && reason.trim().length < MIN_REASON ? { reason: t('confirm.reason_short', { min: MIN_REASON }) } : {},
    submit: async ({ reason }) => {
      await change.mutateAsync((api) =>
        act === 'replay'
          ? replayDeadLetters(api, webhook.webhook_id, filter)
          : purgeDeadLetters(api, webhook.webhook_id, filter, reason.trim()),
      );
      showToast({ tone: 'ok', text: t('webhooks.started') });
      onDone();
      onClose();
    },
  });
  const title = t(`webhooks.${act}_all_title`, { name: webhook.name });
  return (
    <Dialog title={title} onClose={onClose}>
      {count.isError ? (
        <ErrorBlock error={count.error} onRetry={() => void count.refetch()} />
      ) : count.data === undefined ? (
        <Pending />
      ) : (
        <FormFrame
          form={form}
          label={title}
          actions={
            <>
              <Button onClick={onClose}>{t('cancel')}</Button>
              <Button
                type="submit"
                variant={act === 'purge' ? 'danger' : 'primary'}
                disabled={count.data === 0}
                pending={form.pending}
                pendingText={t('working')}
              >
                {t(`webhooks.${act}_count`, { count: count.data })}
              </Button>
            </>
          }
        >
          <p>{count.data === 0 ? t('webhooks.nothing_matches') : t(`webhooks.${act}_all_text`, { count: count.data })}</p>
          {act === 'purge' && (
            <TextArea {...form.field('reason')} label={t('webhooks.reason')} help={t('webhooks.reason_help')} rows={2} maxLength={400} />
          )}
        </FormFrame>
      )}
    </Dialog>
  );
}
