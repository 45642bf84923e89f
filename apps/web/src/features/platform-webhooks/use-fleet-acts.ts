import { shortId } from '../../lib/format';
import { t } from '../../lib/i18n';
import { showToast } from '../../lib/toast';
import { askConfirm } from '../../components/confirm/confirm';
import { disableWebhook, enableWebhook, relayAgain, useFleetChange, type Lane, type ParkedPointer } from './queries';

/** What staff may do to a tenant's webhook: each act with a reason, which the tenant can read. */
export function useFleetActs() {
  const change = useFleetChange();
  const disable = ({ webhook_id, name }: Lane): void =>
    askConfirm({
      tier: 'R',
      title: t('fleet.disable_title', { name }),
      consequence: t('fleet.disable_text'),
      verb: t('fleet.disable'),
      pendingText: t('working'),
      run: async ({ reason }) => {
        await change.mutateAsync(() => disableWebhook(webhook_id, reason));
        showToast({ tone: 'ok', text: t('fleet.disabled', { name }) });
      },
    });
  const enable = ({ webhook_id, name }: Lane): void =>
    askConfirm({
      tier: 'R',
      harmless: true,
      title: t('fleet.enable_title', { name }),
      consequence: t('fleet.enable_text'),
      verb: t('fleet.enable'),
      pendingText: t('working'),
      run: async ({ reason }) => {
        await change.mutateAsync(() => enableWebhook(webhook_id, reason));
        showToast({ tone: 'ok', text: t('fleet.enabled', { name }) });
      },
    });
  const relay = ({ event_id }: ParkedPointer): void =>
    askConfirm({
      tier: 'R',
      harmless: true,
      title: t('fleet.relay_title'),
      consequence: t('fleet.relay_text', { event: shortId(event_id) }),
      verb: t('fleet.relay'),
      pendingText: t('working'),
      run: async ({ reason }) => {
        await change.mutateAsync(() => relayAgain(event_id, reason));
        showToast({ tone: 'ok', text: t('fleet.relayed') });
      },
    });
  return { disable, enable, relay };
}
