import { useQuery } from '@tanstack/react-query';
import { Navigate, useRouter } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { renewToken, sessions, signIn } from '../../lib/api';
import { hasCode } from '../../lib/errors';
import { t } from '../../lib/i18n';
import { readLastTenant, type Realm } from '../../lib/storage';
import type { SignInAnswer } from '../../lib/types';
import { EntryPage } from '../../components/entry/entry-page';
import { ErrorBlock } from '../../components/states/error-block';
import { Button } from '../../components/ui/button';
import { Stack } from '../../components/ui/layout';
import { mfaQuery, stepMfa } from '../../components/mfa/mfa-queries';
import { proofOf } from '../../components/mfa/proof';
import { MfaSetup } from '../../components/mfa/mfa-setup';
import { afterSignIn } from './after-sign-in';
import { dropChallenge, peekChallenge } from './handoff';
import { MfaForm } from './mfa-form';

interface Props {
  realm: Realm;
  redirect: string | undefined;
}

/** Right after the password there is a challenge; later there is a session that a step is still asked of. */
export function MfaScreen({ realm, redirect }: Props) {
  const router = useRouter();
  const [challenge] = useState(() => peekChallenge(realm));
  const toLogin = realm === 'platform' ? '/platform/login' : '/login';
  if (challenge === null && !sessions[realm].mayBeSignedIn()) return <Navigate to={toLogin} search={{ redirect }} replace />;
  if (challenge === null) return <Step realm={realm} redirect={redirect} />;
  const done = async (answer: SignInAnswer): Promise<void> => {
    dropChallenge();
    await router.navigate({ href: afterSignIn(realm, answer, redirect, window.location.origin), replace: true });
  };
  return (
    <EntryPage title={t('mfa.title')} lead={t('mfa.lead')} realm={realm === 'platform' ? 'platform' : undefined}>
      <MfaForm
        submit={async (typed) => done(await signIn(realm, '/auth/mfa/verify', { challenge, ...proofOf(typed) }))}
        onRestart={() => {
          dropChallenge();
          void router.navigate({ to: toLogin, search: { redirect }, replace: true });
        }}
      />
    </EntryPage>
  );
}

function Step({ realm, redirect }: Props) {
  const router = useRouter();
  const state = useQuery({ ...mfaQuery(realm), staleTime: 0, retry: false });
  const [setUp, setSetUp] = useState(false);
  const enabled = state.data?.enabled;
  // Once chosen the page stays: the answer changes while the recovery codes are still on the screen.
  useEffect(() => {
    if (enabled === false) setSetUp(true);
  }, [enabled]);
  const goOn = async (): Promise<void> => {
    const held = await renewToken(realm, realm === 'platform' ? null : readLastTenant());
    await router.navigate({ href: afterSignIn(realm, held, redirect, window.location.origin), replace: true });
  };
  const platform = realm === 'platform' ? 'platform' : undefined;
  if (hasCode(state.error, 'signed_out'))
    return <Navigate to={realm === 'platform' ? '/platform/login' : '/login'} search={{ redirect }} replace />;
  if (state.isError && !setUp) {
    return (
      <EntryPage title={t('mfa.title')} realm={platform}>
        <ErrorBlock error={state.error} onRetry={() => void state.refetch()} />
      </EntryPage>
    );
  }
  if (state.data === undefined)
    return (
      <EntryPage title={t('mfa.title')} realm={platform}>
        {null}
      </EntryPage>
    );
  return (
    <EntryPage title={t(setUp ? 'mfa.set_up' : 'mfa.title')} lead={t(setUp ? 'mfa.setup_lead' : 'mfa.lead')} realm={platform}>
      <Stack>
        {setUp || !state.data.enabled ? (
          <MfaSetup realm={realm} onDone={goOn} />
        ) : (
          <MfaForm
            submit={async (typed) => {
              await stepMfa(realm, typed);
              await goOn();
            }}
            onRestart={() => void sessions[realm].signOut()}
          />
        )}
        <Button variant="quiet" onClick={() => void sessions[realm].signOut()}>
          {t('account.sign_out')}
        </Button>
      </Stack>
    </EntryPage>
  );
}
