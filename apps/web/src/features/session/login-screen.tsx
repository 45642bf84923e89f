import { useQuery } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { signIn } from '../../lib/api';
import { t } from '../../lib/i18n';
import { configQuery } from '../../lib/queries';
import type { Realm } from '../../lib/storage';
import type { SignInAnswer } from '../../lib/types';
import { EntryPage } from '../../components/entry/entry-page';
import { afterSignIn } from './after-sign-in';
import { DemoAccounts } from './demo-accounts';
import { leaveChallenge, leavePassword } from './handoff';
import { LoginForm } from './login-form';

/** Sign-in of both realms. */
export function LoginScreen({ realm, redirect }: { realm: Realm; redirect: string | undefined }) {
  const config = useQuery(configQuery).data;
  const router = useRouter();

  const done = async (answer: SignInAnswer, password?: string): Promise<void> => {
    if (answer.next === 'mfa' && answer.challenge !== undefined) leaveChallenge(realm, answer.challenge);
    if (answer.next === 'change_password' && password !== undefined) leavePassword(password);
    await router.navigate({ href: afterSignIn(realm, answer, redirect, window.location.origin), replace: true });
  };
  const login = async (email: string, password: string, tenant?: string): Promise<void> => {
    const answer = await signIn(realm, '/auth/login', tenant === undefined ? { email, password } : { email, password, tenant });
    await done(answer, password);
  };

  // Accounts of this page first; on the console's page only its own.
  const all = config?.demo?.accounts ?? [];
  const own = all.filter((account) => account.realm === realm);
  const accounts = realm === 'platform' ? own : [...own, ...all.filter((account) => account.realm !== realm)];
  const lead =
    realm === 'platform'
      ? t('login.lead_platform')
      : config?.tenant == null
        ? t('login.lead')
        : t('login.lead_tenant', { tenant: config.tenant.name });
  return (
    <EntryPage
      title={t('login.title')}
      lead={lead}
      realm={realm === 'platform' ? 'platform' : undefined}
      aside={
        accounts.length > 0 ? (
          <DemoAccounts
            realm={realm}
            accounts={accounts}
            onUse={(account) => login(account.email, account.password, account.tenant_slug ?? undefined)}
          />
        ) : undefined
      }
    >
      <LoginForm onSubmit={login} forgot={realm === 'platform' ? '/platform/forgot' : '/forgot'} />
    </EntryPage>
  );
}
