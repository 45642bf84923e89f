import { t } from '../../lib/i18n';
import type { Webhook } from '../../lib/types';
import { Status, type Tone } from '../../components/ui/status';
import { healthOf, type Health } from './endpoint-rules';

const TONES: Readonly<Record<Health, Tone>> = { active: 'ok', failing: 'attention', paused: 'wait', disabled: 'bad' };
export const toneOfWebhook = (webhook: Webhook): Tone => TONES[healthOf(webhook)];

export function WebhookStatus({ webhook }: { webhook: Webhook }) {
  const health = healthOf(webhook);
  return (
    <Status word={health} tone={TONES[health]}>
      {t(`webhooks.status.${health}`)}
    </Status>
  );
}
