import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { duration, number } from '../../lib/format';
import { t } from '../../lib/i18n';
import { Page } from '../../components/shell/page';
import { ErrorBlock } from '../../components/states/error-block';
import { Pending } from '../../components/states/pending';
import { Facts, Section } from '../../components/ui/layout';
import { Status } from '../../components/ui/status';
import { LanesList } from './lanes-list';
import { NoisiestTenants } from './noisiest-tenants';
import { ParkedPointers } from './parked-pointers';
import { fleetQuery, type Fleet } from './queries';

/** Seconds from which on waiting is worth a look: as the alerts have it. */
const LATE_S = { fast: 60, slow: Number.POSITIVE_INFINITY, outbox: 10 };
const age = (seconds: number): string => duration(Math.max(0, seconds) * 1000);

export function WebhooksScreen() {
  const fleet = useQuery(fleetQuery());
  return (
    <Page title={t('platform.webhooks')} purpose={t('fleet.purpose')}>
      {fleet.isError && fleet.data === undefined ? (
        <ErrorBlock error={fleet.error} onRetry={() => void fleet.refetch()} />
      ) : fleet.data === undefined ? (
        <Pending />
      ) : (
        <>
          <Section title={t('fleet.pools')}>
            <Facts items={flow(fleet.data)} />
          </Section>
          <Section title={t('fleet.noisiest')}>
            <NoisiestTenants tenants={fleet.data.noisiest} />
          </Section>
        </>
      )}
      <Section title={t('fleet.parked')}>
        <ParkedPointers />
      </Section>
      <Section title={t('fleet.webhooks')}>
        <LanesList />
      </Section>
    </Page>
  );
}

function flow({ pools, lanes, outbox }: Fleet): (readonly [string, ReactNode])[] {
  return [
    ...pools.map(
      ({ pool, due, oldest_seconds }) =>
        [
          t(`fleet.pool.${pool}`),
          due === 0 ? (
            t('fleet.pool_idle')
          ) : (
            <Status key={pool} word="due" tone={oldest_seconds > LATE_S[pool] ? 'bad' : 'run'}>
              {t('fleet.pool_due', { count: due, age: age(oldest_seconds) })}
            </Status>
          ),
        ] as const,
    ),
    [
      t('fleet.lanes'),
      t('fleet.lanes_of', {
        fast: number(lanes.fast),
        slow: number(lanes.slow),
        asleep: number(lanes.asleep),
        parked: number(lanes.parked),
      }),
    ],
    [
      t('fleet.outbox'),
      outbox.waiting === 0 ? (
        t('fleet.outbox_idle')
      ) : (
        <Status key="outbox" word="waiting" tone={outbox.lag_seconds > LATE_S.outbox ? 'bad' : 'run'}>
          {t('fleet.outbox_of', { count: outbox.waiting, lag: age(outbox.lag_seconds) })}
        </Status>
      ),
    ],
  ];
}
