import IconInbox from '@tabler/icons-react/icons/IconInbox';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { ok, publicApi } from '../../lib/api';
import { hasCode } from '../../lib/errors';
import { t } from '../../lib/i18n';
import { platformKey } from '../../lib/queries';
import type { MailRow } from '../../lib/types';
import { DataTable, type Column } from '../../components/data-table/data-table';
import { Empty, filteredEmpty } from '../../components/data-table/empty';
import { FilterBar } from '../../components/data-table/filter-bar';
import { useListNav } from '../../components/data-table/use-list-nav';
import { Page } from '../../components/shell/page';
import { Note } from '../../components/ui/layout';
import { Time } from '../../components/ui/time';

const MailDrawer = lazy(() => import('./mail-drawer').then((module) => ({ default: module.MailDrawer })));
const route = getRouteApi('/platform/mailbox');

/** What the built-in mail driver kept instead of sending: on a developer's machine only. */
export function MailboxScreen() {
  const nav = useListNav(route.useSearch());
  const { to, mail } = nav.search;
  const query = useQuery({
    queryKey: platformKey('mailbox', to),
    queryFn: ({ signal }) => ok(publicApi.GET('/api/v1/dev/mailbox', { params: { query: { to, limit: 100 } }, signal })),
    refetchInterval: 5000,
  });
  const columns: Column<MailRow>[] = [
    {
      id: 'subject',
      head: t('mailbox.subject'),
      slot: 'identity',
      cell: (row) => (
        <Link from="/platform/mailbox" search={(before) => ({ ...before, mail: row.mail_message_id })} resetScroll={false}>
          {row.subject}
        </Link>
      ),
    },
    { id: 'to', head: t('mailbox.to'), slot: 'fact', cell: (row) => row.to_email },
    { id: 'template', head: t('mailbox.template'), slot: 'extra', cell: (row) => <code>{row.template}</code> },
    { id: 'time', head: t('audit.time'), slot: 'fact', align: 'end', cell: (row) => <Time at={row.created_at} /> },
  ];
  return (
    <Page title={t('platform.mailbox')} purpose={t('mailbox.purpose')} flush>
      {hasCode(query.error, 'not_found') ? (
        <div style={{ padding: 'var(--gutter)' }}>
          <Note>{t('mailbox.absent')}</Note>
        </div>
      ) : (
        <>
          <FilterBar nav={nav} search={{ key: 'to', label: t('mailbox.search') }} />
          <DataTable
            caption={t('platform.mailbox')}
            columns={columns}
            query={query}
            rowKey={(row) => row.mail_message_id}
            filtered={filteredEmpty(t('mailbox.mails_lower'), to === undefined ? [] : [{ key: 'to', label: to }], nav)}
            empty={<Empty icon={IconInbox} text={t('mailbox.empty')} />}
          />
        </>
      )}
      {mail !== undefined && (
        <Suspense>
          <MailDrawer id={mail} onClose={() => nav.open({ mail: undefined })} />
        </Suspense>
      )}
    </Page>
  );
}
