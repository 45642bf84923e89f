import IconDevices from '@tabler/icons-react/icons/IconDevices';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { call, tenantApi } from '../../lib/api';
import { t, tryText } from '../../lib/i18n';
import { showToast } from '../../lib/toast';
import type { OwnSession, Page } from '../../lib/types';
import { deviceOf } from '../../lib/user-agent';
import { askConfirm } from '../../components/confirm/confirm';
import { DataTable, type Column } from '../../components/data-table/data-table';
import { Empty } from '../../components/data-table/empty';
import { Button } from '../../components/ui/button';
import { Status } from '../../components/ui/status';
import { Time } from '../../components/ui/time';
import { AccountPage } from './account-frame';

const KEY = ['tenant', null, 'sessions'];

/** Where the person is signed in. The one that asks is marked and has no button: signing out ends it. */
export function SessionsScreen() {
  const api = tenantApi(null);
  const queries = useQueryClient();
  const sessions = useQuery({
    queryKey: KEY,
    queryFn: ({ signal }) => call<Page<OwnSession>>(api, 'get', '/api/v1/auth/sessions', { signal }),
  });
  const change = useMutation({
    mutationFn: (run: () => Promise<unknown>) => run(),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  });
  const nameOf = (row: OwnSession): string => deviceOf(row.user_agent) ?? tryText(`client.${row.client}`, row.client);
  const end = (row: OwnSession): void =>
    askConfirm({
      tier: 1,
      title: t('sessions.end_title', { device: nameOf(row) }),
      consequence: t('sessions.end_text'),
      verb: t('sessions.end'),
      pendingText: t('working'),
      run: async () => {
        await change.mutateAsync(() =>
          call(api, 'delete', '/api/v1/auth/sessions/{session_id}', { params: { path: { session_id: row.session_id } } }),
        );
        showToast({ tone: 'ok', text: t('sessions.ended') });
      },
    });
  const endOthers = (): void =>
    askConfirm({
      tier: 1,
      title: t('sessions.end_all_title'),
      consequence: t('sessions.end_all_text'),
      verb: t('sessions.end_all'),
      pendingText: t('working'),
      run: async () => {
        await change.mutateAsync(() => call(api, 'delete', '/api/v1/auth/sessions'));
        showToast({ tone: 'ok', text: t('sessions.all_ended') });
      },
    });
  const columns: Column<OwnSession>[] = [
    {
      id: 'device',
      head: t('sessions.device'),
      slot: 'identity',
      cell: (row) => <span title={row.user_agent ?? undefined}>{nameOf(row)}</span>,
    },
    {
      id: 'status',
      head: t('status'),
      slot: 'status',
      cell: (row) =>
        row.current ? (
          <Status word="active">{t('sessions.this')}</Status>
        ) : row.support === true ? (
          <Status word="warning">{t('sessions.support')}</Status>
        ) : null,
    },
    { id: 'ip', head: t('audit.ip'), slot: 'fact', cell: (row) => <code>{row.ip ?? '–'}</code> },
    { id: 'seen', head: t('team.last_seen'), slot: 'fact', cell: (row) => <Time at={row.last_seen_at} /> },
    { id: 'since', head: t('sessions.since'), slot: 'extra', cell: (row) => <Time at={row.created_at} /> },
    {
      id: 'acts',
      head: t('acts'),
      headless: true,
      slot: 'acts',
      align: 'end',
      cell: (row) =>
        !row.current && (
          <Button variant="quiet" aria-label={t('sessions.end_of', { device: nameOf(row) })} onClick={() => end(row)}>
            {t('sessions.end')}
          </Button>
        ),
    },
  ];
  return (
    <AccountPage
      purpose={t('sessions.purpose')}
      flush
      actions={(sessions.data?.data.length ?? 0) > 1 && <Button onClick={endOthers}>{t('sessions.end_all')}</Button>}
    >
      <DataTable
        caption={t('account.sessions')}
        columns={columns}
        query={sessions}
        rowKey={(row) => row.session_id}
        tone={(row) => (row.current ? 'ok' : undefined)}
        empty={<Empty icon={IconDevices} text={t('sessions.empty')} />}
      />
    </AccountPage>
  );
}
