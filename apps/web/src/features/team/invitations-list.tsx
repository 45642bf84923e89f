import IconMail from '@tabler/icons-react/icons/IconMail';
import { useQuery } from '@tanstack/react-query';
import { errorText } from '../../lib/errors';
import { shortId } from '../../lib/format';
import { t } from '../../lib/i18n';
import { storesQuery } from '../../lib/tenant-queries';
import { showToast } from '../../lib/toast';
import type { Invitation } from '../../lib/types';
import { useTenant } from '../../components/can/tenant-context';
import { askConfirm } from '../../components/confirm/confirm';
import { DataTable, type Column } from '../../components/data-table/data-table';
import { Empty } from '../../components/data-table/empty';
import type { ListNav } from '../../components/data-table/use-list-nav';
import { Button } from '../../components/ui/button';
import { Row } from '../../components/ui/layout';
import { Status } from '../../components/ui/status';
import { Time } from '../../components/ui/time';
import { scopeWords } from '../../components/permissions/scope-words';
import { invitationsQuery, membersQuery, resendInvitation, revokeInvitation, useTeamChange } from './queries';

const MAX_SENDS = 5;

export function InvitationsList({ nav }: { nav: ListNav }) {
  const here = useTenant();
  const invitations = useQuery(invitationsQuery(here, nav.place.cursor, nav.limit));
  const stores = useQuery({ ...storesQuery(here), enabled: here.can('stores:read') });
  const members = useQuery(membersQuery(here, {}, 100));
  const change = useTeamChange();
  const inviterName = (id: string | null): string => {
    if (id === null) return t('platform.word');
    const found = members.data?.data.find((member) => member.user_id === id);
    return found?.display_name || found?.email || shortId(id);
  };

  const resend = async (invitation: Invitation): Promise<void> => {
    try {
      await change.mutateAsync((api) => resendInvitation(api, invitation.invitation_id));
      showToast({ tone: 'ok', text: t('invitations.resent', { email: invitation.email }) });
    } catch (cause) {
      showToast({ tone: 'bad', text: errorText(cause) });
    }
  };
  const revoke = (invitation: Invitation): void =>
    askConfirm({
      tier: 1,
      title: t('invitations.revoke_title', { email: invitation.email }),
      consequence: t('invitations.revoke_text'),
      verb: t('invitations.revoke'),
      pendingText: t('working'),
      run: async () => {
        await change.mutateAsync((api) => revokeInvitation(api, invitation.invitation_id));
        showToast({ tone: 'ok', text: t('invitations.revoked', { email: invitation.email }) });
      },
    });

  const columns: Column<Invitation>[] = [
    { id: 'email', head: t('login.email'), slot: 'identity', cell: (row) => <span>{row.email}</span> },
    { id: 'role', head: t('team.role'), slot: 'fact', cell: (row) => row.role?.name ?? t('team.no_role') },
    { id: 'stores', head: t('team.stores'), slot: 'extra', cell: (row) => scopeWords(row.store_scope, stores.data?.data) },
    { id: 'status', head: t('status'), slot: 'status', cell: (row) => <Status word={row.status} /> },
    { id: 'by', head: t('invitations.by'), slot: 'extra', cell: (row) => inviterName(row.invited_by) },
    { id: 'expires', head: t('invitations.expires'), slot: 'fact', cell: (row) => <Time at={row.expires_at} /> },
    {
      id: 'acts',
      head: t('acts'),
      headless: true,
      slot: 'acts',
      align: 'end',
      cell: (row) =>
        here.can('users:write') && (
          <Row>
            <Button
              variant="quiet"
              disabled={row.sent_count > MAX_SENDS}
              title={row.sent_count > MAX_SENDS ? t('error.resend_limit') : t('invitations.resend_help')}
              onClick={() => void resend(row)}
            >
              {t('invitations.resend')}
            </Button>
            <Button variant="quiet" onClick={() => revoke(row)}>
              {t('invitations.revoke')}
            </Button>
          </Row>
        ),
    },
  ];
  return (
    <DataTable
      caption={t('team.invitations')}
      columns={columns}
      query={invitations}
      rowKey={(row) => row.invitation_id}
      tone={() => 'wait'}
      nav={nav}
      empty={<Empty icon={IconMail} text={t('invitations.empty')} />}
    />
  );
}
