import IconChevronRight from '@tabler/icons-react/icons/IconChevronRight';
import { useQuery } from '@tanstack/react-query';
import { Link, useRouter } from '@tanstack/react-router';
import { useEffect } from 'react';
import { listTenants, sessions } from '../../lib/api';
import { hasCode } from '../../lib/errors';
import { list } from '../../lib/format';
import { t, tryText } from '../../lib/i18n';
import { EntryPage } from '../../components/entry/entry-page';
import { ErrorBlock } from '../../components/states/error-block';
import { Button } from '../../components/ui/button';
import { Icon } from '../../components/ui/icon';
import css from './select-tenant.module.css';

/** Own tenants with role and state. One: skipped. None: how to get invited. */
export function SelectTenantScreen() {
  const router = useRouter();
  const query = useQuery({ queryKey: ['tenant', null, 'mine'], queryFn: listTenants, staleTime: 0, gcTime: 0, retry: false });
  const tenants = query.data?.tenants ?? (query.data?.tenant == null ? [] : [{ ...query.data.tenant, roles: [] }]);
  const only = tenants.length === 1 ? tenants[0] : undefined;
  const out = hasCode(query.error, 'refresh_invalid', 'session_revoked', 'unauthenticated');
  useEffect(() => {
    if (only !== undefined) void router.navigate({ to: '/t/$tenant', params: { tenant: only.slug }, replace: true });
    else if (out) void router.navigate({ to: '/login', replace: true });
  }, [only, out, router]);
  return (
    <EntryPage title={t('select.title')} lead={tenants.length > 1 ? t('select.lead') : undefined}>
      {query.isError && !out && <ErrorBlock error={query.error} onRetry={() => void query.refetch()} />}
      {query.isSuccess && tenants.length === 0 && <p>{t('select.none')}</p>}
      <ul className={css.list}>
        {tenants.map((tenant) => (
          <li key={tenant.tenant_id}>
            <Link to="/t/$tenant" params={{ tenant: tenant.slug }} className={css.row}>
              <span>
                <strong>{tenant.name}</strong>
                <small>
                  {list((tenant.roles ?? []).map((role) => (typeof role === 'string' ? role : role.name)))}
                  {tenant.status !== 'active' && ` · ${tryText(`status.${tenant.status}`, tenant.status)}`}
                </small>
              </span>
              <Icon of={IconChevronRight} />
            </Link>
          </li>
        ))}
      </ul>
      <Button variant="quiet" onClick={() => void sessions.tenant.signOut()}>
        {t('account.sign_out')}
      </Button>
    </EntryPage>
  );
}
