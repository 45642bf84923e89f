import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useEffect } from 'react';
import { ok } from '../../lib/api';
import { t } from '../../lib/i18n';
import { tenantKey } from '../../lib/queries';
import { writeMark } from '../../lib/storage';
import { AuditList } from '../../components/audit-log/audit-list';
import { auditQuery } from '../../components/audit-log/audit-query';
import { useTenant } from '../../components/can/tenant-context';
import { useListNav } from '../../components/data-table/use-list-nav';
import { AuditPage } from './audit-page';

const route = getRouteApi('/t/$tenant/audit');
const cockpitRoute = getRouteApi('/$lang/cockpit/$tenant/admin/audit');

export const AuditScreen = () => <Audit search={route.useSearch()} />;
export const CockpitAuditScreen = () => <Audit search={cockpitRoute.useSearch()} />;

function Audit({ search }: { search: ReturnType<typeof route.useSearch> }) {
  const here = useTenant();
  const nav = useListNav(search);
  const { event: _open, ...filters } = nav.search;
  const query = useQuery({
    queryKey: tenantKey(here.tenant_id, 'audit', filters, nav.limit),
    queryFn: ({ signal }) =>
      ok(here.api.GET('/api/v1/audit-logs', { params: { query: auditQuery(filters, nav.limit, Date.now()) }, signal })),
    placeholderData: keepPreviousData,
  });
  useEffect(() => writeMark(`audit.${here.tenant_id}`), [here.tenant_id]);
  return (
    <AuditPage purpose={t('audit.purpose')}>
      <AuditList query={query} nav={nav} zone={here.me.tenant.time_zone} />
    </AuditPage>
  );
}
