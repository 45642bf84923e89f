import IconReceipt from '@tabler/icons-react/icons/IconReceipt';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { exactTime, money, number } from '../../lib/format';
import '../../lib/subscription-texts';
import { t } from '../../lib/i18n';
import { configQuery } from '../../lib/queries';
import { entitlementsQuery } from '../../lib/tenant-queries';
import { showToast } from '../../lib/toast';
import type { Subscription } from '../../lib/types';
import { Can, useTenant } from '../../components/can/tenant-context';
import { askConfirm } from '../../components/confirm/confirm';
import { Empty } from '../../components/data-table/empty';
import { LimitMeters } from '../../components/limits/limit-meters';
import { ErrorBlock } from '../../components/states/error-block';
import { Pending } from '../../components/states/pending';
import { StatePage } from '../../components/states/state-page';
import { Button } from '../../components/ui/button';
import { Facts, Row, Section } from '../../components/ui/layout';
import { Status } from '../../components/ui/status';
import { SettingsPage } from './settings-page';
import { changeSubscription, plansQuery, subscriptionQuery, useSubscriptionChange } from './subscription-queries';
import css from './subscription.module.css';

const PlanDrawer = lazy(() => import('./plan-drawer').then((module) => ({ default: module.PlanDrawer })));

/** What is bought, what it allows, and when it ends. The native client has no such page. */
export function SubscriptionScreen() {
  const config = useQuery(configQuery).data;
  if (config?.client === 'native')
    return (
      <StatePage title={t('subscription.not_here')}>
        <p>{t('subscription.not_here_text')}</p>
      </StatePage>
    );
  return (
    <SettingsPage>
      <Content />
    </SettingsPage>
  );
}

function Content() {
  const here = useTenant();
  const query = useQuery(subscriptionQuery(here));
  const [choosing, setChoosing] = useState(false);
  if (query.isError && query.data === undefined) return <ErrorBlock error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data === undefined) return <Pending />;
  const subscription = query.data;
  const choose = (
    <Can do="billing:write">
      <Button variant="primary" onPointerEnter={() => void import('./plan-drawer')} onClick={() => setChoosing(true)}>
        {t(isLive(subscription) ? 'subscription.change' : 'subscription.choose')}
      </Button>
    </Can>
  );
  return (
    <>
      {subscription === null ? (
        <Empty icon={IconReceipt} text={t('subscription.none')} action={choose} />
      ) : (
        <Bought subscription={subscription} choose={choose} />
      )}
      <Limits />
      <Suspense>{choosing && <PlanDrawer subscription={subscription} onClose={() => setChoosing(false)} />}</Suspense>
    </>
  );
}

const isLive = (subscription: Subscription | null): boolean =>
  subscription !== null && ['trialing', 'active', 'past_due'].includes(subscription.status);

function Bought({ subscription, choose }: { subscription: Subscription; choose: React.ReactNode }) {
  const plans = useQuery(plansQuery).data;
  const zone = useTenant().me.tenant.time_zone;
  const plan = plans?.find((one) => one.plan_code === subscription.plan_code)?.name ?? subscription.plan_code;
  const { interval, currency, total_amount, items, status } = subscription;
  return (
    <>
      <Banner subscription={subscription} />
      <Section title={t('usage.plan')} aside={<Status word={status}>{t(`subscription.status.${status}`)}</Status>}>
        <Facts
          items={[
            [t('usage.plan'), plan],
            [t('subscription.total'), t(`subscription.per.${interval}`, { amount: money(total_amount, currency) })],
            [t('subscription.since'), exactTime(subscription.current_period_start, zone)],
            [t('usage.period_end'), exactTime(subscription.current_period_end, zone)],
          ]}
        />
        <div className={css.acts}>
          <Row>
            {choose}
            <Ending subscription={subscription} />
          </Row>
        </div>
      </Section>
      <Section title={t('subscription.items')}>
        <ul>
          {items.map((item) => (
            <li key={item.subscription_item_id} className={css.item}>
              <span>
                {item.name}
                {item.is_addon && <small>{t('subscription.addon')}</small>}
              </span>
              <span className={css.count}>
                {t('subscription.times', { count: item.quantity, amount: money(item.unit_amount, item.currency) })}
              </span>
              <strong className={css.count}>{money(item.unit_amount * item.quantity, item.currency)}</strong>
            </li>
          ))}
        </ul>
      </Section>
    </>
  );
}

/** What runs out, and when: the one thing on this page that somebody must see. */
function Banner({ subscription }: { subscription: Subscription }) {
  const zone = useTenant().me.tenant.time_zone;
  const { status, trial_ends_at, grace_until, current_period_end, cancel_at_period_end } = subscription;
  const at = (instant: string): string => exactTime(instant, zone);
  if (status === 'past_due')
    return (
      <p className={`${css.banner} ${css.bad}`} role="status">
        {grace_until === null ? t('subscription.past_due') : t('subscription.past_due_until', { until: at(grace_until) })}
      </p>
    );
  if (status === 'expired' || status === 'cancelled')
    return (
      <p className={`${css.banner} ${css.bad}`} role="status">
        {t(`subscription.over.${status}`)}
      </p>
    );
  if (cancel_at_period_end)
    return (
      <p className={css.banner} role="status">
        {t('subscription.ends', { at: at(current_period_end) })}
      </p>
    );
  if (status === 'trialing' && trial_ends_at !== null)
    return (
      <p className={css.banner} role="status">
        {t('subscription.trial', { count: daysUntil(trial_ends_at), shown: number(daysUntil(trial_ends_at)), at: at(trial_ends_at) })}
      </p>
    );
  return null;
}
const DAY_MS = 86_400_000;
const daysUntil = (instant: string): number => Math.max(0, Math.ceil((Date.parse(instant) - Date.now()) / DAY_MS));

function Ending({ subscription }: { subscription: Subscription }) {
  const change = useSubscriptionChange();
  const zone = useTenant().me.tenant.time_zone;
  if (!isLive(subscription)) return null;
  const ends = subscription.cancel_at_period_end;
  const ask = (): void =>
    askConfirm({
      tier: 1,
      harmless: ends,
      title: t(ends ? 'subscription.go_on_title' : 'subscription.cancel_title'),
      consequence: t(ends ? 'subscription.go_on_text' : 'subscription.cancel_text', {
        at: exactTime(subscription.current_period_end, zone),
      }),
      verb: t(ends ? 'subscription.go_on' : 'subscription.cancel'),
      pendingText: t('working'),
      run: async () => {
        await change.mutateAsync((api) => changeSubscription(api, { cancel_at_period_end: !ends }));
        showToast({ tone: 'ok', text: t(ends ? 'subscription.goes_on' : 'subscription.cancelled') });
      },
    });
  return (
    <Can do="billing:write">
      <Button onClick={ask}>{t(ends ? 'subscription.go_on' : 'subscription.cancel')}</Button>
    </Can>
  );
}

function Limits() {
  const query = useQuery(entitlementsQuery(useTenant()));
  return (
    <Section title={t('usage.limits')}>
      {query.isError && query.data === undefined ? (
        <ErrorBlock error={query.error} onRetry={() => void query.refetch()} />
      ) : query.data === undefined ? (
        <Pending />
      ) : (
        <LimitMeters limits={query.data.limits} />
      )}
    </Section>
  );
}
