import { useQuery } from '@tanstack/react-query';
import { list } from '../../lib/format';
import { t } from '../../lib/i18n';
import { useTenant } from '../../components/can/tenant-context';
import { Page } from '../../components/shell/page';
import { ErrorBlock } from '../../components/states/error-block';
import { Pending } from '../../components/states/pending';
import { Section } from '../../components/ui/layout';
import './texts';
import { groupTypes, takes } from './endpoint-rules';
import { EventSample } from './event-sample';
import { eventTypesQuery, webhooksQuery } from './queries';
import css from './webhooks.module.css';

export function EventCatalogueScreen() {
  const here = useTenant();
  const catalogue = useQuery(eventTypesQuery(here));
  const webhooks = useQuery(webhooksQuery(here, undefined, undefined, 100)).data?.data ?? [];
  const takersOf = (type: string): string[] =>
    webhooks.filter(({ events }) => events.some((pattern) => takes(pattern, type))).map(({ name }) => name);
  return (
    <Page
      title={t('webhooks.catalogue')}
      crumb={{ label: t('nav.webhooks'), to: `/t/${here.slug}/webhooks` }}
      purpose={t('webhooks.catalogue_purpose')}
    >
      {catalogue.isError ? (
        <ErrorBlock error={catalogue.error} onRetry={() => void catalogue.refetch()} />
      ) : catalogue.data === undefined ? (
        <Pending />
      ) : (
        groupTypes(catalogue.data.data).map(([group, types]) => (
          <Section key={group} title={group}>
            {types.map((entry) => (
              <div key={entry.type} className={css.entry}>
                <div className={css.line}>
                  <code>{entry.type}</code>
                  <span className={css.hint}>
                    {[t('webhooks.needs', { permission: entry.requires }), ...(entry.emitted ? [] : [t('webhooks.not_yet')])].join(' · ')}
                  </span>
                </div>
                <p>{entry.summary}</p>
                <p className={css.hint}>
                  {t('webhooks.takers')}: {list(takersOf(entry.type)) || t('webhooks.nobody')}
                </p>
                <EventSample entry={entry} />
              </div>
            ))}
          </Section>
        ))
      )}
    </Page>
  );
}
