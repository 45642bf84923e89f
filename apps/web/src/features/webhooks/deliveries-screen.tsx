import IconSend from '@tabler/icons-react/icons/IconSend';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { t } from '../../lib/i18n';
import type { Webhook } from '../../lib/types';
import { Can, useTenant } from '../../components/can/tenant-context';
import { useListNav } from '../../components/data-table/use-list-nav';
import { Page } from '../../components/shell/page';
import { Button, LinkButton } from '../../components/ui/button';
import './texts';
import { DeadLetterChips } from './dead-letter-chips';
import { DeliveryList, type Picking } from './delivery-list';
import { deliveriesQuery, deliveryFilters, webhooksQuery } from './queries';
import { useDeliveryStream } from './use-delivery-stream';
import { WebhookPage } from './webhook-page';

const DeadLettersDialog = lazy(() => import('./dead-letters-dialog').then((module) => ({ default: module.DeadLettersDialog })));
const ofOne = getRouteApi('/t/$tenant/webhooks/$webhook_id/deliveries');
const ofAll = getRouteApi('/t/$tenant/webhooks/deliveries');
type Search = ReturnType<typeof ofOne.useSearch>;

export function DeliveriesScreen() {
  const here = useTenant();
  const search = ofOne.useSearch();
  // What is picked belongs to the rows that are shown: other filters or another page begin anew.
  const { delivery: _open, ...shown } = search;
  const place = JSON.stringify(shown);
  const [pick, setPick] = useState<{ place: string; ids: string[] }>({ place, ids: [] });
  const picked = pick.place === place ? pick.ids : [];
  const onPick = (ids: string[]): void => setPick({ place, ids });
  const picking = search.status === 'dlq' && here.can('webhooks:write') ? { picked, onPick } : undefined;
  return (
    <WebhookPage flush actions={(webhook) => <Acts webhook={webhook} search={search} picked={picked} onDone={() => onPick([])} />}>
      {(webhook) => <Deliveries webhook={webhook} search={search} picking={picking} />}
    </WebhookPage>
  );
}

/** Of every webhook, for who looks for an event and not for a receiver. */
export function AllDeliveriesScreen() {
  const here = useTenant();
  const search = ofAll.useSearch();
  const names = new Map(
    useQuery(webhooksQuery(here, undefined, undefined, 100)).data?.data.map(({ webhook_id, name }) => [webhook_id, name]),
  );
  return (
    <Page
      title={t('webhooks.log')}
      crumb={{ label: t('nav.webhooks'), to: `/t/${here.slug}/webhooks` }}
      purpose={t('webhooks.deliveries_purpose')}
      flush
      actions={
        search.status === 'dlq' ? undefined : (
          <LinkButton to="/t/$tenant/webhooks/deliveries" params={{ tenant: here.slug }} search={{ status: 'dlq' }}>
            {t('webhooks.tab.dlq')}
          </LinkButton>
        )
      }
    >
      <Deliveries webhook={null} search={search} nameOf={(id) => names.get(id) ?? id} />
    </Page>
  );
}

interface DeliveriesProps {
  webhook: Webhook | null;
  search: Search;
  nameOf?: (id: string) => string;
  picking?: Picking;
}
function Deliveries({ webhook, search, nameOf, picking }: DeliveriesProps) {
  const here = useTenant();
  const nav = useListNav(search);
  const { delivery: _open, limit: _limit, ...filters } = nav.search;
  // New rows would push those that were picked from the page.
  const still = filters.cursor !== undefined || (picking?.picked.length ?? 0) > 0;
  const webhookId = webhook?.webhook_id ?? null;
  const live = useDeliveryStream(here, webhookId, !still);
  const following = still ? 'still' : live ? 'live' : 'poll';
  const query = useQuery(deliveriesQuery(here, webhookId, filters, nav.limit, following));
  return (
    <DeliveryList query={query} nav={nav} webhook={webhook} nameOf={nameOf} picking={picking}>
      {filters.status === 'dlq' && <DeadLetterChips nav={nav} webhookId={webhookId} nameOf={nameOf} following={following} />}
    </DeliveryList>
  );
}

interface ActsProps {
  webhook: Webhook;
  search: Search;
  picked: readonly string[];
  onDone: () => void;
}
/** What can be done with the dead letters, when they are what is shown: with all that match, or with those that were picked. */
function Acts({ webhook, search, picked, onDone }: ActsProps) {
  const here = useTenant();
  const [asked, setAsked] = useState<{ act: 'replay' | 'purge'; now: number; ids?: string[] } | null>(null);
  const params = { tenant: here.slug, webhook_id: webhook.webhook_id };
  if (search.status !== 'dlq')
    return (
      <>
        <LinkButton to="/t/$tenant/webhooks/$webhook_id/deliveries" params={params} search={{ status: 'dlq' }}>
          {t('webhooks.tab.dlq')}
        </LinkButton>
        <Can do="webhooks:write">
          <LinkButton icon={IconSend} to="/t/$tenant/webhooks/$webhook_id/verify" params={params}>
            {t('webhooks.test')}
          </LinkButton>
        </Can>
      </>
    );
  const { event_type, http_status, error_code, since } = asked === null ? {} : deliveryFilters({ ...search, cursor: undefined }, asked.now);
  return (
    <>
      <Can do="webhooks:delete">
        <Button onClick={() => setAsked({ act: 'purge', now: Date.now() })}>{t('webhooks.purge_all')}</Button>
      </Can>
      <Can do="webhooks:write">
        <Button
          variant="primary"
          disabled={webhook.status !== 'active'}
          title={webhook.status === 'active' ? undefined : t('webhooks.not_active')}
          onClick={() => setAsked({ act: 'replay', now: Date.now(), ids: picked.length > 0 ? [...picked] : undefined })}
        >
          {picked.length > 0 ? t('webhooks.replay_chosen', { count: picked.length }) : t('webhooks.replay_all')}
        </Button>
      </Can>
      <Suspense>
        {asked !== null && (
          <DeadLettersDialog
            act={asked.act}
            webhook={webhook}
            filter={asked.ids === undefined ? { event_type, http_status, error_code, since } : { delivery_ids: asked.ids }}
            onDone={onDone}
            onClose={() => setAsked(null)}
          />
        )}
      </Suspense>
    </>
  );
}
