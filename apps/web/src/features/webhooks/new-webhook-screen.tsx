import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { t } from '../../lib/i18n';
import { useTenant } from '../../components/can/tenant-context';
import { Page } from '../../components/shell/page';
import { ErrorBlock } from '../../components/states/error-block';
import { Pending } from '../../components/states/pending';
import { LinkButton } from '../../components/ui/button';
import './texts';
import { createWebhook, eventTypesQuery, useWebhookChange } from './queries';
import { WebhookForm } from './webhook-form';

const WebhookSecret = lazy(() => import('./webhook-secret').then((module) => ({ default: module.WebhookSecret })));
type Made = Awaited<ReturnType<typeof createWebhook>>;

export function NewWebhookScreen() {
  const here = useTenant();
  const navigate = useNavigate();
  const catalogue = useQuery(eventTypesQuery(here));
  const change = useWebhookChange<Made>();
  // The secret: here while its dialog is open, nowhere else.
  const [made, setMade] = useState<Made['webhook'] | null>(null);
  const params = { tenant: here.slug };
  return (
    <Page title={t('webhooks.new')} crumb={{ label: t('nav.webhooks'), to: `/t/${here.slug}/webhooks` }} purpose={t('webhooks.purpose')}>
      {catalogue.isError ? (
        <ErrorBlock error={catalogue.error} onRetry={() => void catalogue.refetch()} />
      ) : catalogue.data === undefined ? (
        <Pending />
      ) : (
        <WebhookForm
          catalogue={catalogue.data.data}
          label={t('webhooks.new')}
          submitText={t('webhooks.create')}
          more={
            <LinkButton to="/t/$tenant/webhooks" params={params}>
              {t('cancel')}
            </LinkButton>
          }
          onSubmit={async (input, key) => setMade((await change.mutateAsync((api) => createWebhook(api, input, key))).webhook)}
        />
      )}
      <Suspense>
        {made !== null && (
          <WebhookSecret
            name={made.name}
            secret={made.secret}
            onDone={() => {
              setMade(null);
              void navigate({
                to: '/t/$tenant/webhooks/$webhook_id/verify',
                params: { ...params, webhook_id: made.webhook_id },
                ignoreBlocker: true,
              });
            }}
          />
        )}
      </Suspense>
    </Page>
  );
}
