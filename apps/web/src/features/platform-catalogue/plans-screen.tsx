import IconReceipt from '@tabler/icons-react/icons/IconReceipt';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { money, number } from '../../lib/format';
import '../../lib/subscription-texts';
import { t } from '../../lib/i18n';
import { plansQuery } from '../../lib/platform-queries';
import type { PlatformPlan } from '../../lib/types';
import { DataTable, type Column } from '../../components/data-table/data-table';
import { Empty } from '../../components/data-table/empty';
import { useListNav } from '../../components/data-table/use-list-nav';
import { Page } from '../../components/shell/page';
import { Status } from '../../components/ui/status';

const PlanDrawer = lazy(() => import('./plan-drawer').then((module) => ({ default: module.PlanDrawer })));
const route = getRouteApi('/platform/plans');

export function PlansScreen() {
  const nav = useListNav(route.useSearch());
  const query = useQuery({ ...plansQuery, select: (page) => page as { data: PlatformPlan[]; next_cursor: string | null } });
  const columns: Column<PlatformPlan>[] = [
    {
      id: 'name',
      head: t('usage.plan'),
      slot: 'identity',
      cell: (plan) => (
        <>
          <Link to="/platform/plans" search={{ plan: plan.plan_code }} resetScroll={false}>
            {plan.name}
          </Link>
          <small className="mono">{plan.plan_code}</small>
        </>
      ),
    },
    {
      id: 'status',
      head: t('status'),
      slot: 'status',
      cell: (plan) => <Status word={plan.is_active ? 'on' : 'off'}>{t(plan.is_active ? 'plans.sold' : 'plans.not_sold')}</Status>,
    },
    { id: 'kind', head: t('plans.kind'), slot: 'fact', cell: (plan) => t(plan.is_addon ? 'plans.addon' : 'plans.base') },
    { id: 'price', head: t('plans.price'), slot: 'fact', align: 'end', cell: monthly },
    { id: 'trial', head: t('plans.trial'), slot: 'extra', align: 'end', cell: (plan) => number(plan.trial_days) },
    { id: 'count', head: t('plans.subscriptions'), slot: 'extra', align: 'end', cell: (plan) => number(plan.subscription_count) },
  ];
  const opened = query.data?.data.find((plan) => plan.plan_code === nav.search.plan);
  return (
    <Page title={t('platform.plans')} purpose={t('plans.purpose')} flush>
      <DataTable
        caption={t('platform.plans')}
        columns={columns}
        query={query}
        rowKey={(plan) => plan.plan_code}
        empty={<Empty icon={IconReceipt} text={t('plans.empty')} />}
      />
      <Suspense>
        {opened !== undefined && <PlanDrawer key={opened.row_version} plan={opened} onClose={() => nav.open({ plan: undefined })} />}
      </Suspense>
    </Page>
  );
}

/** The first price of a month; what is sold by staff alone has none. */
function monthly({ prices }: PlatformPlan): string {
  const price = prices.find((one) => one.interval === 'month');
  return price === undefined ? t('subscription.by_staff') : t('subscription.per.month', { amount: money(price.amount, price.currency) });
}
