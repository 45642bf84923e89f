import { useState } from 'react';
import { ok, publicApi } from '../../lib/api';
import { hasCode } from '../../lib/errors';
import { useForm } from '../../lib/form';
import { t } from '../../lib/i18n';
import { readLinkToken, writeLinkToken } from '../../lib/storage';
import { EntryPage } from '../../components/entry/entry-page';
import { FormFrame } from '../../components/form/form-frame';
import { Button, LinkButton } from '../../components/ui/button';
import { Stack } from '../../components/ui/layout';
import { useCountdown } from './use-countdown';

type State = 'form' | 'done' | 'used' | 'expired' | 'taken' | 'unknown';
const ENDS = { email_link_used: 'used', email_link_expired: 'expired', email_taken: 'taken', not_found: 'unknown' } as const;
const CODES = Object.keys(ENDS) as (keyof typeof ENDS)[];

/** Confirming an address is an act: a link that a mail scanner opens confirms nothing. */
export function VerifyScreen() {
  const [token] = useState(() => readLinkToken('verify'));
  const [state, setState] = useState<State>(token === null ? 'unknown' : 'form');
  const form = useForm({
    initial: {},
    guard: false,
    submit: async () => {
      let end: State = 'done';
      try {
        await ok(publicApi.POST('/api/v1/auth/email/verify', { body: { token: token ?? '' } }));
      } catch (cause) {
        const code = CODES.find((one) => hasCode(cause, one));
        if (code === undefined) throw cause;
        end = ENDS[code];
      }
      writeLinkToken('verify', null);
      setState(end);
    },
  });
  const wait = useCountdown(form.failure?.error);
  if (state !== 'form')
    return (
      <EntryPage key={state} title={t(`verify.${state}`)}>
        <Stack>
          <p role="status">{t(`verify.${state}_text`)}</p>
          <LinkButton variant="primary" to="/">
            {t('state.home')}
          </LinkButton>
        </Stack>
      </EntryPage>
    );
  return (
    <EntryPage title={t('verify.title')} lead={t('verify.lead')}>
      <FormFrame
        form={form}
        label={t('verify.title')}
        actions={
          <Button type="submit" variant="primary" wide disabled={wait > 0} pending={form.pending} pendingText={t('working')}>
            {wait > 0 ? t('login.wait', { count: wait }) : t('verify.submit')}
          </Button>
        }
      >
        {null}
      </FormFrame>
    </EntryPage>
  );
}
