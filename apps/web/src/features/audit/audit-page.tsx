import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { t } from '../../lib/i18n';
import { useTenant } from '../../components/can/tenant-context';
import { TabbedPage } from '../../components/shell/tabbed-page';

const active = { activeOptions: { exact: true, includeSearch: false }, activeProps: { 'aria-current': 'page' as const } };

/** What was done, and what was asked of the rights. */
export function AuditPage({ purpose, children }: { purpose: string; children: ReactNode }) {
  const params = { tenant: useTenant().slug };
  return (
    <TabbedPage
      title={t('nav.audit')}
      purpose={purpose}
      flush
      tabs={
        <>
          <Link to="/t/$tenant/audit" params={params} {...active}>
            {t('audit.entries')}
          </Link>
          <Link to="/t/$tenant/audit/decisions" params={params} {...active}>
            {t('decisions.title')}
          </Link>
        </>
      }
    >
      {children}
    </TabbedPage>
  );
}
