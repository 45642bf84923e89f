import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { t } from '../../lib/i18n';
import type { Webhook } from '../../lib/types';
import { useTenant } from '../../components/can/tenant-context';
import { TabbedPage } from '../../components/shell/tabbed-page';
import { ErrorPage } from '../../components/states/error-page';
import { Pending } from '../../components/states/pending';
import './texts';
import { webhookQuery } from './queries';
import { WebhookStatus } from './webhook-status';

const route = getRouteApi('/t/$tenant/webhooks/$webhook_id');
const PARTS = ['overview', 'deliveries', 'verify', 'settings'] as const;

interface Props {
  actions?: (webhook: Webhook) => ReactNode;
  flush?: boolean;
  children: (webhook: Webhook) => ReactNode;
}

/** One webhook: its head, and the part that the address names. */
export function WebhookPage({ actions, flush, children }: Props) {
  const { webhook_id } = route.useParams();
  const here = useTenant();
  const query = useQuery(webhookQuery(here, webhook_id));
  if (query.isError && query.data === undefined) return <ErrorPage error={query.error} reset={() => void query.refetch()} />;
  const webhook = query.data;
  if (webhook === undefined) return <Pending />;
  return (
    <TabbedPage
      key={webhook_id}
      title={webhook.name}
      crumb={{ label: t('nav.webhooks'), to: `/t/${here.slug}/webhooks` }}
      purpose={
        <>
          <WebhookStatus webhook={webhook} /> <span className="mono">{webhook.url}</span>
        </>
      }
      actions={actions?.(webhook)}
      flush={flush}
      tabs={PARTS.map((part) => (
        <Link
          key={part}
          to={`/t/$tenant/webhooks/$webhook_id/${part}`}
          params={{ tenant: here.slug, webhook_id }}
          activeProps={{ 'aria-current': 'page' }}
        >
          {t(`webhooks.tab.${part}`)}
        </Link>
      ))}
    >
      {children(webhook)}
    </TabbedPage>
  );
}
