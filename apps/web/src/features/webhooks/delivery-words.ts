import { shortTime } from '../../lib/format';
import { t, tryText } from '../../lib/i18n';
import type { Delivery, DeliveryAttempt } from '../../lib/types';
import type { Tone } from '../../components/ui/status';

type State = Delivery['status'];
export const STATES = ['pending', 'delivering', 'success', 'dlq', 'held', 'cancelled'] as const satisfies readonly State[];

const TONES: Readonly<Record<State, Tone>> = {
  pending: 'wait',
  delivering: 'run',
  success: 'ok',
  dlq: 'bad',
  held: 'attention',
  cancelled: 'off',
};
export const toneOfDelivery = (status: State): Tone => TONES[status];

/** The state in words; a repeat says when. */
export const deliveryWords = ({ status, attempts, next_retry_at }: Delivery, zone?: string): string =>
  status === 'pending' && attempts > 0 && next_retry_at !== null
    ? t('webhooks.retrying', { attempts, at: shortTime(next_retry_at, zone) })
    : t(`webhooks.delivery.${status}`);

/** Why a send failed, in words; null when it did not. */
export const failureWords = ({ error_code, http_status }: Pick<DeliveryAttempt, 'error_code' | 'http_status'>): string | null => {
  if (error_code !== null) return tryText(`webhooks.failure.${error_code}`, error_code, { status: http_status ?? 0 });
  return http_status !== null && (http_status < 200 || http_status > 299) ? t('webhooks.failure.http', { status: http_status }) : null;
};

/** Over: nothing more is sent unless somebody asks for it. */
export const isOver = (status: State): boolean => status !== 'pending' && status !== 'delivering';
