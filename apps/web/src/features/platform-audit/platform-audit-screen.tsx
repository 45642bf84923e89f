import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { ok, platformApi } from '../../lib/api';
import { shortId } from '../../lib/format';
import { t } from '../../lib/i18n';
import { platformKey } from '../../lib/queries';
import { AuditList } from '../../components/audit-log/audit-list';
import { auditQuery } from '../../components/audit-log/audit-query';
import { useStaff } from '../../components/can/staff-context';
import { useListNav } from '../../components/data-table/use-list-nav';
import { Page } from '../../components/shell/page';

const route = getRouteApi('/platform/audit');
/** What belongs to no tenant. */
const PLATFORM_SCOPE = '00000000-0000-0000-0000-000000000000';

export function PlatformAuditScreen() {
  const staff = useStaff();
  const nav = useListNav(route.useSearch());
  const { event: _open, ...filters } = nav.search;
  const query = useQuery({
    queryKey: platformKey('audit', filters, nav.limit),
    queryFn: ({ signal }) =>
      ok(platformApi.GET('/api/v1/ops/audit-logs', { params: { query: auditQuery(filters, nav.limit, Date.now()) }, signal })),
    placeholderData: keepPreviousData,
  });
  const tenants = useQuery({
    queryKey: platformKey('tenants', 'names'),
    queryFn: ({ signal }) => ok(platformApi.GET('/api/v1/ops/tenants', { params: { query: { limit: 100 } }, signal })),
    enabled: staff.can('platform:read'),
  });
  const nameOf = (id: string): string =>
    id === PLATFORM_SCOPE ? t('platform.word') : (tenants.data?.data.find((tenant) => tenant.tenant_id === id)?.name ?? shortId(id));
  return (
    <Page title={t('platform.audit')} purpose={t('platform.audit_purpose')} flush>
      <AuditList query={query} nav={nav} tenantName={nameOf} />
    </Page>
  );
}
