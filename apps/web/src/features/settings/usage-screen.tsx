import IconGauge from '@tabler/icons-react/icons/IconGauge';
import { useQuery } from '@tanstack/react-query';
import { t } from '../../lib/i18n';
import { entitlementsQuery } from '../../lib/tenant-queries';
import { useTenant } from '../../components/can/tenant-context';
import { Empty } from '../../components/data-table/empty';
import { LimitMeters } from '../../components/limits/limit-meters';
import { ErrorBlock } from '../../components/states/error-block';
import { Pending } from '../../components/states/pending';
import { Facts, Section } from '../../components/ui/layout';
import { Status } from '../../components/ui/status';
import { Time } from '../../components/ui/time';
import { SettingsPage } from './settings-page';

export function UsageScreen() {
  const here = useTenant();
  const query = useQuery(entitlementsQuery(here));
  const data = query.data;
  return (
    <SettingsPage>
      {query.isError && data === undefined ? (
        <ErrorBlock error={query.error} onRetry={() => void query.refetch()} />
      ) : data === undefined ? (
        <Pending />
      ) : (
        <>
          <Section title={t('usage.limits')}>
            {data.limits.length === 0 ? <Empty icon={IconGauge} text={t('usage.empty')} /> : <LimitMeters limits={data.limits} />}
          </Section>
          <Section title={t('usage.plan')}>
            <Facts
              items={[
                [t('usage.plan'), data.plan_code ?? t('usage.no_plan')],
                [t('status'), <Status key="status" word={data.status} />],
                ...(data.trial_ends_at === null ? [] : [[t('usage.trial_ends'), <Time key="trial" at={data.trial_ends_at} />] as const]),
                ...(data.period_end === null ? [] : [[t('usage.period_end'), <Time key="end" at={data.period_end} />] as const]),
              ]}
            />
          </Section>
        </>
      )}
    </SettingsPage>
  );
}
