import { errorText } from '../../lib/errors';
import { t } from '../../lib/i18n';
import { showToast } from '../../lib/toast';
import type { Webhook } from '../../lib/types';
import { pauseWebhook, resumeWebhook, useWebhookChange } from './queries';

/** Pause and resume: each is undone by the other, so nothing is asked before. */
export function useWebhookActs() {
  const change = useWebhookChange<unknown>();
  const run = async (act: typeof pauseWebhook, webhook: Webhook, text: string, undo?: () => void): Promise<void> => {
    try {
      await change.mutateAsync((api) => act(api, webhook.webhook_id));
      showToast({ tone: 'ok', text, undo });
    } catch (cause) {
      showToast({ tone: 'bad', text: errorText(cause) });
    }
  };
  const resume = (webhook: Webhook): void => void run(resumeWebhook, webhook, t('webhooks.resumed', { name: webhook.name }));
  const pause = (webhook: Webhook): void =>
    void run(pauseWebhook, webhook, t('webhooks.paused', { name: webhook.name }), () => resume(webhook));
  return { pause, resume, pending: change.isPending };
}
