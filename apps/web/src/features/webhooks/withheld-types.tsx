import { useQuery } from '@tanstack/react-query';
import type { Permission } from '#contracts/permissions.js';
import { errorText } from '../../lib/errors';
import { list } from '../../lib/format';
import { t } from '../../lib/i18n';
import { showToast } from '../../lib/toast';
import type { Webhook } from '../../lib/types';
import { useTenant } from '../../components/can/tenant-context';
import { Button } from '../../components/ui/button';
import { Note } from '../../components/ui/layout';
import { withheldTypes } from './endpoint-rules';
import { eventTypesQuery, updateWebhook, useWebhookChange } from './queries';
import css from './webhooks.module.css';

/** A pattern took in types that came later and need a permission of their own: who holds it can grant them by saving once more. */
export function WithheldTypes({ webhook }: { webhook: Webhook }) {
  const here = useTenant();
  const change = useWebhookChange<unknown>();
  const types = withheldTypes(webhook, useQuery(eventTypesQuery(here)).data?.data ?? []);
  if (types.length === 0) return null;
  const missing = [...new Set(types.map(({ requires }) => requires))].filter((one) => !here.can(one as Permission));
  const save = async (): Promise<void> => {
    try {
      await change.mutateAsync((api) => updateWebhook(api, webhook.webhook_id, { events: webhook.events }, webhook.row_version));
      showToast({ tone: 'ok', text: t('webhooks.saved', { name: webhook.name }) });
    } catch (cause) {
      showToast({ tone: 'bad', text: errorText(cause) });
    }
  };
  return (
    <div className={css.block}>
      <Note>{t('webhooks.withheld', { types: list(types.map(({ type }) => type)) })}</Note>
      {here.can('webhooks:write') &&
        (missing.length === 0 ? (
          <Button disabled={change.isPending} onClick={() => void save()}>
            {t('webhooks.withheld_save')}
          </Button>
        ) : (
          <Note>{t('webhooks.withheld_needs', { permissions: list(missing) })}</Note>
        ))}
    </div>
  );
}
