import IconSend from '@tabler/icons-react/icons/IconSend';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { errorText } from '../../lib/errors';
import { duration } from '../../lib/format';
import { t } from '../../lib/i18n';
import type { Delivery, Webhook } from '../../lib/types';
import { useTenant } from '../../components/can/tenant-context';
import { Button } from '../../components/ui/button';
import { Note, Row } from '../../components/ui/layout';
import { Status } from '../../components/ui/status';
import { deliveryWords, failureWords, toneOfDelivery } from './delivery-words';
import { deliveryQuery, testWebhook, useWebhooksAgain } from './queries';
import css from './webhooks.module.css';

/** Sends a test and follows it to its end. */
export function SendTest({ webhook }: { webhook: Webhook }) {
  const here = useTenant();
  const again = useWebhooksAgain();
  const test = useMutation({ mutationFn: () => testWebhook(here.api, webhook.webhook_id), onSuccess: again });
  const isActive = webhook.status === 'active';
  return (
    <div className={css.block}>
      <Note>{t('webhooks.test_text')}</Note>
      <Row>
        <Button
          icon={IconSend}
          disabled={!isActive}
          pending={test.isPending}
          pendingText={t('webhooks.test_sending')}
          onClick={() => test.mutate()}
        >
          {t('webhooks.test')}
        </Button>
        {!isActive && <span>{t('webhooks.not_active')}</span>}
        <span aria-live="polite">
          {test.isError ? errorText(test.error) : test.data !== undefined && <TestResult delivery={test.data} />}
        </span>
      </Row>
    </div>
  );
}

function TestResult({ delivery }: { delivery: Delivery }) {
  const here = useTenant();
  const { data } = useQuery(deliveryQuery(here, delivery.webhook_id, delivery.delivery_id));
  const now = data ?? delivery;
  const [attempt] = data?.attempts_log ?? [];
  const came = now.status === 'success' && attempt !== undefined;
  return (
    <Row>
      <Status word={now.status} tone={toneOfDelivery(now.status)}>
        {came ? t('webhooks.test_ok', { status: String(attempt.http_status), time: duration(attempt.total_ms ?? 0) }) : deliveryWords(now)}
      </Status>
      {now.status === 'dlq' && <span>{failureWords(now)}</span>}
      <Link
        to="/t/$tenant/webhooks/$webhook_id/deliveries"
        params={{ tenant: here.slug, webhook_id: now.webhook_id }}
        search={{ delivery: now.delivery_id }}
      >
        {t('webhooks.open_delivery')}
      </Link>
    </Row>
  );
}
