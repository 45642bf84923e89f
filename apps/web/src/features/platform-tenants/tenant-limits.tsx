import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { exactTime, limitAmount, list, shortId } from '../../lib/format';
import { t, tryText } from '../../lib/i18n';
import { showToast } from '../../lib/toast';
import type { Override, StaffEntitlements } from '../../lib/types';
import { askConfirm } from '../../components/confirm/confirm';
import { LimitMeters } from '../../components/limits/limit-meters';
import { ErrorBlock } from '../../components/states/error-block';
import { Pending } from '../../components/states/pending';
import { Button } from '../../components/ui/button';
import { Facts, Note, Section } from '../../components/ui/layout';
import { Status } from '../../components/ui/status';
import { Time } from '../../components/ui/time';
import { entitlementsQuery, overrideIn, setEntitlements, useTenantChange } from './queries';
import css from './tenants.module.css';

const LimitDrawer = lazy(() => import('./limit-drawer').then((module) => ({ default: module.LimitDrawer })));
const SubscriptionDrawer = lazy(() => import('./subscription-drawer').then((module) => ({ default: module.SubscriptionDrawer })));

/** What the tenant may use: from its subscription, and from what staff decided beside it. */
export function TenantLimits({ tenantId }: { tenantId: string }) {
  const query = useQuery(entitlementsQuery(tenantId));
  const [open, setOpen] = useState<'limit' | 'subscription' | null>(null);
  if (query.isError && query.data === undefined) return <ErrorBlock error={query.error} onRetry={() => void query.refetch()} />;
  if (query.data === undefined) return <Pending />;
  const data = query.data;
  const close = (): void => setOpen(null);
  return (
    <>
      <Section title={t('usage.plan')} aside={<Button onClick={() => setOpen('subscription')}>{t('entitled.change_subscription')}</Button>}>
        <Facts
          items={[
            [t('usage.plan'), data.plan_code ?? t('usage.no_plan')],
            [t('status'), <Status key="status" word={data.status} />],
            ...(data.trial_ends_at === null ? [] : [[t('usage.trial_ends'), exactTime(data.trial_ends_at)] as const]),
            ...(data.period_end === null ? [] : [[t('usage.period_end'), exactTime(data.period_end)] as const]),
            ...(data.grace_until === null ? [] : [[t('entitled.grace'), exactTime(data.grace_until)] as const]),
            [t('tenants.modules'), list(data.modules.map((code) => tryText(`module.${code}`, code))) || '–'],
          ]}
        />
      </Section>
      <Section title={t('usage.limits')} aside={<Button onClick={() => setOpen('limit')}>{t('entitled.set_limit')}</Button>}>
        <LimitMeters limits={data.limits} />
      </Section>
      <Section title={t('entitled.overrides')}>
        {data.overrides.length === 0 ? (
          <Note>{t('entitled.no_overrides')}</Note>
        ) : (
          <ul>
            {data.overrides.map((one) => (
              <OverrideRow key={one.override_id} one={one} all={data} />
            ))}
          </ul>
        )}
      </Section>
      <Suspense>
        {open === 'limit' && <LimitDrawer entitlements={data} onClose={close} />}
        {open === 'subscription' && <SubscriptionDrawer entitlements={data} onClose={close} />}
      </Suspense>
    </>
  );
}

const nameOf = ({ kind, code }: Override): string => tryText(`${kind}.${code}`, code);
function valueOf({ kind, code, value, allowed }: Override): string {
  if (kind === 'module') return t(allowed === true ? 'entitled.given' : 'entitled.taken');
  return value === null ? t('usage.no_limit') : limitAmount(code, value);
}

function OverrideRow({ one, all }: { one: Override; all: StaffEntitlements }) {
  const change = useTenantChange();
  const takeBack = (): void =>
    askConfirm({
      tier: 'R',
      title: t('entitled.take_back_title', { what: nameOf(one) }),
      consequence: t('entitled.take_back_text'),
      verb: t('entitled.take_back'),
      pendingText: t('working'),
      run: async ({ reason }) => {
        const overrides = all.overrides.filter((other) => other.override_id !== one.override_id).map(overrideIn);
        await change.mutateAsync(() => setEntitlements(all.tenant_id, { overrides, reason }));
        showToast({ tone: 'ok', text: t('entitled.taken_back', { what: nameOf(one) }) });
      },
    });
  return (
    <li className={css.override}>
      <div>
        <strong>
          {nameOf(one)}: {valueOf(one)}
        </strong>
        <small>{one.reason}</small>
        <small>
          {shortId(one.set_by)} · <Time at={one.created_at} form="short" />
          {one.expires_at !== null && <> · {t('entitled.until', { at: exactTime(one.expires_at) })}</>}
        </small>
      </div>
      <Button aria-label={t('entitled.take_back_one', { what: nameOf(one) })} onClick={takeBack}>
        {t('entitled.take_back')}
      </Button>
    </li>
  );
}
