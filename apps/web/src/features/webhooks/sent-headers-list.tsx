import { t } from '../../lib/i18n';
import type { DeliveryDetail } from '../../lib/types';
import { Facts } from '../../components/ui/layout';
import { SIGNING_HEADERS, sentHeaders } from './sent-headers';

/** What went along with the body. Values of signatures and of the webhook's own headers are kept nowhere that could be read. */
export function SentHeaders({ delivery, customNames }: { delivery: DeliveryDetail; customNames: readonly string[] }) {
  return (
    <Facts
      items={[
        ...sentHeaders(delivery).map(([name, value]) => [name, <span key={name} className="mono">{value}</span>] as const), // prettier-ignore
        ...SIGNING_HEADERS.map((name) => [name, t('webhooks.signed_anew')] as const),
        ...customNames.map((name) => [name, t('webhooks.header_secret')] as const),
      ]}
    />
  );
}
