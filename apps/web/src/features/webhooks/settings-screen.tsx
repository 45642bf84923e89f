import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { exactTime } from '../../lib/format';
import { t } from '../../lib/i18n';
import { showToast } from '../../lib/toast';
import type { Webhook } from '../../lib/types';
import { Can, useTenant } from '../../components/can/tenant-context';
import { askConfirm } from '../../components/confirm/confirm';
import { ErrorBlock } from '../../components/states/error-block';
import { Pending } from '../../components/states/pending';
import { Button } from '../../components/ui/button';
import { Facts, Note, Row, Section } from '../../components/ui/layout';
import { Status } from '../../components/ui/status';
import { deleteWebhook, eventTypesQuery, promoteSecret, updateWebhook, useWebhookChange, useWebhooksAgain } from './queries';
import { WebhookForm } from './webhook-form';
import { WebhookPage } from './webhook-page';
import css from './webhooks.module.css';

const RotateDialog = lazy(() => import('./rotate-dialog').then((module) => ({ default: module.RotateDialog })));
const WebhookSecret = lazy(() => import('./webhook-secret').then((module) => ({ default: module.WebhookSecret })));

export function SettingsScreen() {
  const { can } = useTenant();
  return (
    <WebhookPage>
      {(webhook) => (
        <>
          {can('webhooks:write') ? <Edit webhook={webhook} /> : <Note>{t('team.read_only')}</Note>}
          <Secrets webhook={webhook} />
          <Can do="webhooks:delete">
            <Remove webhook={webhook} />
          </Can>
        </>
      )}
    </WebhookPage>
  );
}

function Edit({ webhook }: { webhook: Webhook }) {
  const here = useTenant();
  const catalogue = useQuery(eventTypesQuery(here));
  const change = useWebhookChange<unknown>();
  if (catalogue.isError) return <ErrorBlock error={catalogue.error} onRetry={() => void catalogue.refetch()} />;
  if (catalogue.data === undefined) return <Pending />;
  return (
    <Section title={t('webhooks.edit')}>
      {/* Another version is another form: what was read is what If-Match names. */}
      <div key={webhook.row_version} className={css.block}>
        <WebhookForm
          webhook={webhook}
          catalogue={catalogue.data.data}
          label={webhook.name}
          submitText={t('save')}
          onSubmit={async (input) => {
            await change.mutateAsync((api) => updateWebhook(api, webhook.webhook_id, input, webhook.row_version));
            showToast({ tone: 'ok', text: t('webhooks.saved', { name: input.name }) });
          }}
        />
      </div>
    </Section>
  );
}

function Secrets({ webhook }: { webhook: Webhook }) {
  const zone = useTenant().me.tenant.time_zone;
  const change = useWebhookChange<unknown>();
  const [rotating, setRotating] = useState(false);
  // The secret: here while its dialog is open, nowhere else.
  const [secret, setSecret] = useState<string | null>(null);
  const isOpen = webhook.secret_versions.some(({ state }) => state === 'next');
  const promote = (): void =>
    askConfirm({
      tier: 1,
      title: t('webhooks.promote'),
      consequence: t('webhooks.promote_text', { name: webhook.name }),
      verb: t('webhooks.promote'),
      pendingText: t('working'),
      run: async () => {
        await change.mutateAsync((api) => promoteSecret(api, webhook.webhook_id));
        showToast({ tone: 'ok', text: t('webhooks.promoted') });
      },
    });
  return (
    <Section title={t('webhooks.secret')}>
      <Facts
        items={webhook.secret_versions.map(({ version, state, expires_at }) => [
          t('webhooks.version', { version }),
          <Row key={version}>
            <Status word={state} tone={state === 'retired' ? 'off' : 'ok'}>
              {t(`webhooks.secret_state.${state}`)}
            </Status>
            {expires_at !== null && t('webhooks.until', { at: exactTime(expires_at, zone) })}
          </Row>,
        ])}
      />
      <Can do="webhooks:write">
        <div className={css.block}>
          {isOpen ? (
            <Button onClick={promote}>{t('webhooks.promote')}</Button>
          ) : (
            <Button onClick={() => setRotating(true)}>{t('webhooks.rotate')}</Button>
          )}
        </div>
      </Can>
      <Suspense>
        {rotating && (
          <RotateDialog
            webhook={webhook}
            onClose={() => setRotating(false)}
            onMade={(made) => {
              setRotating(false);
              setSecret(made);
            }}
          />
        )}
        {secret !== null && <WebhookSecret name={webhook.name} secret={secret} onDone={() => setSecret(null)} />}
      </Suspense>
    </Section>
  );
}

function Remove({ webhook }: { webhook: Webhook }) {
  const here = useTenant();
  const navigate = useNavigate();
  const again = useWebhooksAgain();
  const remove = (): void =>
    askConfirm({
      tier: 2,
      name: webhook.name,
      title: t('webhooks.delete_title', { name: webhook.name }),
      consequence: t('webhooks.delete_text'),
      verb: t('webhooks.delete'),
      pendingText: t('working'),
      run: async () => {
        await deleteWebhook(here.api, webhook.webhook_id);
        // Away first: this page must not ask for the webhook that is gone.
        await navigate({ to: '/t/$tenant/webhooks', params: { tenant: here.slug }, ignoreBlocker: true });
        await again();
        showToast({ tone: 'ok', text: t('webhooks.deleted', { name: webhook.name }) });
      },
    });
  return (
    <Section title={t('webhooks.delete')}>
      <div className={css.block}>
        <Note>{t('webhooks.delete_text')}</Note>
        <Button variant="danger" onClick={remove}>
          {t('webhooks.delete')}
        </Button>
      </div>
    </Section>
  );
}
