import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ok, publicApi } from '../../lib/api';
import { hasCode } from '../../lib/errors';
import { exactTime, relativeTime } from '../../lib/format';
import { t } from '../../lib/i18n';
import { readLinkToken } from '../../lib/storage';
import type { InvitationPreview } from '../../lib/types';
import { EntryPage } from '../../components/entry/entry-page';
import { ErrorBlock } from '../../components/states/error-block';
import { LinkButton } from '../../components/ui/button';
import { Facts, Stack } from '../../components/ui/layout';
import { AcceptForm } from './accept-form';

/** Opening the link consumes nothing: only the form does. Four states of a dead token are four pages, none with account data. */
export function InviteScreen() {
  const [token] = useState(() => readLinkToken('invite'));
  const query = useQuery({
    queryKey: ['public', null, 'invitation', token],
    queryFn: ({ signal }) => ok(publicApi.GET('/api/v1/auth/invitation/{token}', { params: { path: { token: token ?? '' } }, signal })),
    enabled: token !== null,
    retry: false,
    staleTime: Infinity,
    gcTime: 0,
  });
  if (token === null || hasCode(query.error, 'not_found')) return <Dead kind="unknown" />;
  if (hasCode(query.error, 'invitation_used')) return <Dead kind="used" />;
  if (hasCode(query.error, 'invitation_revoked')) return <Dead kind="revoked" />;
  if (hasCode(query.error, 'invitation_expired')) return <Dead kind="expired" />;
  if (query.isError) {
    return (
      <EntryPage title={t('invite.title_plain')}>
        <ErrorBlock error={query.error} onRetry={() => void query.refetch()} />
      </EntryPage>
    );
  }
  if (query.data === undefined) return <EntryPage title={t('invite.title_plain')}>{null}</EntryPage>;
  return (
    <EntryPage title={t('invite.title', { tenant: query.data.tenant_name })} lead={t('invite.lead')}>
      <Stack>
        <Facts items={facts(query.data)} />
        <AcceptForm token={token} preview={query.data} />
      </Stack>
    </EntryPage>
  );
}

const facts = (preview: InvitationPreview): (readonly [string, string])[] => [
  [t('invite.for'), preview.email],
  [t('invite.role'), preview.role],
  [t('invite.expires'), `${relativeTime(preview.expires_at)} (${exactTime(preview.expires_at)})`],
];

function Dead({ kind }: { kind: 'unknown' | 'used' | 'revoked' | 'expired' }) {
  return (
    <EntryPage title={t(`invite.${kind}`)}>
      <Stack>
        <p>{t(`invite.${kind}_text`)}</p>
        <LinkButton to="/login">{t('invite.to_login')}</LinkButton>
      </Stack>
    </EntryPage>
  );
}
