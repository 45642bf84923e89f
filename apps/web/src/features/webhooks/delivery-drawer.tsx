import { useQuery } from '@tanstack/react-query';
import { exactTime } from '../../lib/format';
import { t } from '../../lib/i18n';
import { showToast } from '../../lib/toast';
import type { DeliveryDetail, Webhook } from '../../lib/types';
import { Can, useTenant } from '../../components/can/tenant-context';
import { askConfirm } from '../../components/confirm/confirm';
import { Drawer } from '../../components/layers/drawer';
import { ErrorBlock } from '../../components/states/error-block';
import { Pending } from '../../components/states/pending';
import { Button } from '../../components/ui/button';
import { CopyId } from '../../components/ui/copy-id';
import { Facts, Note, Row, Section } from '../../components/ui/layout';
import { Status } from '../../components/ui/status';
import { AttemptTimeline } from './attempt-timeline';
import { CodeBlock, CopyButton } from './code-block';
import { curlOf } from './curl';
import { deliveryWords, failureWords, isOver, toneOfDelivery } from './delivery-words';
import { SentHeaders } from './sent-headers-list';
import { cancelDelivery, deliveryQuery, replayDelivery, useWebhookChange, webhookQuery } from './queries';

interface Props {
  webhookId: string;
  deliveryId: string;
  name: string;
  onClose: () => void;
}

/** One delivery: what was sent, what came back each time, and what can be done now. */
export function DeliveryDrawer({ webhookId, deliveryId, name, onClose }: Props) {
  const here = useTenant();
  const query = useQuery(deliveryQuery(here, webhookId, deliveryId));
  const delivery = query.data;
  const webhook = useQuery(webhookQuery(here, webhookId)).data;
  return (
    <Drawer
      title={delivery?.event_type ?? t('webhooks.delivery')}
      tone={delivery && toneOfDelivery(delivery.status)}
      size={640}
      focusTitle
      onClose={onClose}
    >
      {query.isError && delivery === undefined ? (
        <ErrorBlock error={query.error} onRetry={() => void query.refetch()} />
      ) : delivery === undefined ? (
        <Pending />
      ) : (
        <Detail delivery={delivery} name={name} webhook={webhook} zone={here.me.tenant.time_zone} />
      )}
    </Drawer>
  );
}

interface DetailProps {
  delivery: DeliveryDetail;
  name: string;
  webhook: Webhook | undefined;
  zone: string;
}
function Detail({ delivery, name, webhook, zone }: DetailProps) {
  const url = webhook?.url;
  const failure = failureWords(delivery);
  return (
    <>
      <Facts
        items={[
          [
            t('status'),
            <Status key="status" word={delivery.status} tone={toneOfDelivery(delivery.status)}>
              {deliveryWords(delivery, zone)}
            </Status>,
          ],
          ...(failure === null || delivery.status === 'success' ? [] : [[t('webhooks.answer'), failure] as const]),
          [t('webhooks.endpoint'), name],
          [t('webhooks.trigger'), t(`webhooks.trigger.${delivery.trigger}`)],
          [t('webhooks.created_at'), exactTime(delivery.created_at, zone)],
          [t('webhooks.delivery'), <CopyId key="delivery" id={delivery.delivery_id} />],
          [t('webhooks.event'), <CopyId key="event" id={delivery.event_id} />],
        ]}
      />
      <Can do="webhooks:write">
        <Acts delivery={delivery} name={name} />
      </Can>
      <Section title={t('webhooks.attempts')}>
        <AttemptTimeline attempts={delivery.attempts_log} zone={zone} />
      </Section>
      <Section title={t('webhooks.sent_headers')}>
        <SentHeaders delivery={delivery} customNames={webhook?.header_names ?? []} />
      </Section>
      <Section title={t('webhooks.body')}>
        {delivery.body === null ? (
          <Note>{t(delivery.body_withheld ? 'webhooks.body_withheld' : 'error.event_expired')}</Note>
        ) : (
          <>
            {/* As it was signed: JSON without spaces, fields in their order. */}
            <CodeBlock label={t('webhooks.body')} code={JSON.stringify(delivery.body)} copy={t('webhooks.copy_body')} wrap />
            {url !== undefined && <CopyButton text={curlOf(url, delivery.delivery_id, delivery.body)} label={t('webhooks.copy_curl')} />}
          </>
        )}
      </Section>
    </>
  );
}

function Acts({ delivery, name }: { delivery: DeliveryDetail; name: string }) {
  const change = useWebhookChange<unknown>();
  const event = delivery.event_type;
  const replay = (): void =>
    askConfirm({
      tier: 1,
      harmless: true,
      title: t('webhooks.replay_title'),
      consequence: t('webhooks.replay_text', { event, name }),
      verb: t('webhooks.replay'),
      pendingText: t('working'),
      run: async () => {
        await change.mutateAsync((api) => replayDelivery(api, delivery.webhook_id, delivery.delivery_id));
        showToast({ tone: 'ok', text: t('webhooks.replayed', { event }) });
      },
    });
  const cancel = (): void =>
    askConfirm({
      tier: 1,
      title: t('webhooks.cancel_delivery'),
      consequence: t('webhooks.cancel_text', { event }),
      verb: t('webhooks.cancel_delivery'),
      pendingText: t('working'),
      run: async () => {
        await change.mutateAsync((api) => cancelDelivery(api, delivery.webhook_id, delivery.delivery_id));
        showToast({ tone: 'ok', text: t('webhooks.cancelled', { event }) });
      },
    });
  return (
    <Section title={t('acts')}>
      <Row>
        {isOver(delivery.status) && <Button onClick={replay}>{t('webhooks.replay')}</Button>}
        {(delivery.status === 'pending' || delivery.status === 'held') && <Button onClick={cancel}>{t('webhooks.cancel_delivery')}</Button>}
      </Row>
    </Section>
  );
}
