import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { call, ok } from '../../lib/api';
import { t, tryText } from '../../lib/i18n';
import { maskText } from '../../lib/masks';
import { tenantKey } from '../../lib/queries';
import { permissionsQuery, rolesQuery, storesQuery } from '../../lib/tenant-queries';
import type { Explanation } from '../../lib/types';
import { useTenant } from '../../components/can/tenant-context';
import { FilterBar, type Pick } from '../../components/data-table/filter-bar';
import { useListNav } from '../../components/data-table/use-list-nav';
import { scopeWords } from '../../components/permissions/scope-words';
import { ErrorBlock } from '../../components/states/error-block';
import { Pending } from '../../components/states/pending';
import { Page } from '../../components/shell/page';
import { Note, Section } from '../../components/ui/layout';
import { railClass, Status } from '../../components/ui/status';
import css from './explain.module.css';

const route = getRouteApi('/t/$tenant/roles/explain');

/** Who may do what, and why: one person, one permission, perhaps one store. The address holds the question. */
export function ExplainScreen() {
  const here = useTenant();
  const nav = useListNav(route.useSearch());
  const { user, permission, store } = nav.search;
  const catalogue = useQuery(permissionsQuery(here));
  const stores = useQuery({ ...storesQuery(here), enabled: here.can('stores:read') });
  const members = useQuery({
    queryKey: tenantKey(here.tenant_id, 'members', { limit: 100 }),
    queryFn: ({ signal }) => ok(here.api.GET('/api/v1/admin/members', { params: { query: { limit: 100 } }, signal })),
    enabled: here.can('users:read'),
  });
  const picks: Pick[] = [
    ...(members.data === undefined
      ? []
      : [
          {
            key: 'user',
            label: t('explain.me'),
            options: members.data.data.map((one) => ({ value: one.user_id, label: one.display_name || one.email })),
          },
        ]),
    {
      key: 'permission',
      label: t('explain.choose'),
      options: (catalogue.data?.data ?? []).map((one) => ({
        value: one.permission_id,
        label: `${one.description} (${one.permission_id})`,
      })),
    },
    ...(stores.data === undefined || stores.data.data.length < 2
      ? []
      : [
          {
            key: 'store',
            label: t('explain.any_store'),
            options: stores.data.data.map((one) => ({ value: one.store_id, label: one.name })),
          },
        ]),
  ];
  return (
    <Page title={t('explain.title')} purpose={t('explain.purpose')} crumb={{ label: t('nav.roles'), to: `/t/${here.slug}/roles` }} flush>
      <FilterBar nav={nav} picks={picks} />
      <div className={css.answer}>
        {catalogue.isError ? (
          <ErrorBlock error={catalogue.error} onRetry={() => void catalogue.refetch()} />
        ) : permission === undefined ? (
          <Note>{t('explain.empty')}</Note>
        ) : (
          <Answer userId={user ?? here.me.user.user_id} permission={permission} storeId={store} />
        )}
      </div>
    </Page>
  );
}

function Answer({ userId, permission, storeId }: { userId: string; permission: string; storeId: string | undefined }) {
  const here = useTenant();
  const stores = useQuery({ ...storesQuery(here), enabled: here.can('stores:read') });
  const roles = useQuery({ ...rolesQuery(here), enabled: here.can('roles:read') });
  const query = useQuery({
    queryKey: tenantKey(here.tenant_id, 'explain', userId, permission, storeId),
    queryFn: ({ signal }) =>
      call<Explanation>(here.api, 'get', '/api/v1/rbac/explain', {
        params: { query: { user_id: userId, permission, store_id: storeId } },
        signal,
      }),
    staleTime: 0,
  });
  if (query.isError && query.data === undefined) return <ErrorBlock error={query.error} onRetry={() => void query.refetch()} />;
  const answer = query.data;
  if (answer === undefined) return <Pending />;
  const nameOf = (id: string, code: string): string => roles.data?.data.find((role) => role.role_id === id)?.name ?? code;
  return (
    <>
      <div className={`${css.verdict} ${railClass(answer.allowed ? 'ok' : 'bad')}`} role="status">
        <Status word={answer.allowed ? 'success' : 'denied'}>{t(answer.allowed ? 'explain.yes' : 'explain.no')}</Status>
        <span>
          {tryText(`permission.${permission}`, permission)} <code>{permission}</code>
        </span>
      </div>
      <Section title={t('explain.granted')}>
        {answer.granted_by.length === 0 ? (
          <p className={css.line}>{t('explain.granted_none')}</p>
        ) : (
          <ul>
            {answer.granted_by.map((one) => (
              <li key={one.role_assignment_id} className={css.line}>
                <Link to="/t/$tenant/roles/$role_id" params={{ tenant: here.slug, role_id: one.role_id }} search={{}}>
                  {nameOf(one.role_id, one.role)}
                </Link>
                <span>{scopeWords(one.store_scope, stores.data?.data)}</span>
              </li>
            ))}
          </ul>
        )}
      </Section>
      {answer.removed_by.length > 0 && (
        <Section title={t('explain.removed')}>
          <ul>
            {answer.removed_by.map((one) => (
              <li key={`${one.mask} ${one.detail}`} className={css.line}>
                {maskText(one.mask, one.detail)}
              </li>
            ))}
          </ul>
        </Section>
      )}
    </>
  );
}
