import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { leaveTenant, sessions } from '../../lib/api';
import { errorText } from '../../lib/errors';
import { minutesLeft } from '../../lib/format';
import { t } from '../../lib/i18n';
import { tenantKey } from '../../lib/queries';
import { showToast } from '../../lib/toast';
import type { Me } from '../../lib/types';
import { Button } from '../ui/button';
import css from './bars.module.css';

const TICK_MS = 15_000;

/** Ends support access and goes back to where it began. */
export function useLeaveSupport(tenantId: string): () => Promise<void> {
  const navigate = useNavigate();
  const queries = useQueryClient();
  return async () => {
    try {
      await leaveTenant();
    } catch (cause) {
      showToast({ tone: 'bad', text: errorText(cause) });
      return;
    }
    await navigate({ to: '/platform/tenants/$tenant_id', params: { tenant_id: tenantId }, ignoreBlocker: true });
    queries.removeQueries({ queryKey: tenantKey(tenantId) });
  };
}

/** Above all and not dismissable: who acts here, why, for how long. */
export function ImpersonationBar({ me }: { me: Me }) {
  if (me.impersonation === null) return null;
  return <Bar tenantId={me.tenant.tenant_id} as={me.user.display_name} facts={me.impersonation} />;
}

function Bar({ tenantId, as, facts }: { tenantId: string; as: string; facts: NonNullable<Me['impersonation']> }) {
  const { staff_label, reason, expires_at, read_only } = facts;
  const leave = useLeaveSupport(tenantId);
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <div className={`${css.bar} ${css.support}`} role="status">
      <span>
        {t(read_only ? 'shell.impersonation_read_only' : 'shell.impersonation', { staff: staff_label, person: as, reason })}{' '}
        <strong>{t('shell.minutes_left', { count: minutesLeft(expires_at, now) })}</strong>
      </span>
      {sessions.tenant.support(tenantId) !== null && <Button onClick={() => void leave()}>{t('shell.end_support')}</Button>}
    </div>
  );
}
