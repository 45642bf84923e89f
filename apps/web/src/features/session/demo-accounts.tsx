import { useRouter } from '@tanstack/react-router';
import { useState } from 'react';
import { errorText } from '../../lib/errors';
import { t } from '../../lib/i18n';
import type { Realm } from '../../lib/storage';
import type { DemoAccount } from '../../lib/types';
import { Button } from '../../components/ui/button';
import { CopyId } from '../../components/ui/copy-id';
import css from './demo-accounts.module.css';

/** "Sign in as": only when the server says that this is a demo. Staff entries of the tenant page lead to the platform's own sign-in. */
export function DemoAccounts({
  realm,
  accounts,
  onUse,
}: {
  realm: Realm;
  accounts: readonly DemoAccount[];
  onUse: (account: DemoAccount) => Promise<void>;
}) {
  const router = useRouter();
  const [busy, setBusy] = useState<string | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const enter = async (account: DemoAccount): Promise<void> => {
    if (account.realm !== realm) {
      await router.navigate({ to: account.realm === 'platform' ? '/platform/login' : '/login' });
      return;
    }
    setBusy(account.email);
    setFailure(null);
    try {
      await onUse(account);
    } catch (cause) {
      setFailure(errorText(cause));
    } finally {
      setBusy(null);
    }
  };
  return (
    <section aria-labelledby="demo-title">
      <div className={css.head}>
        <h2 id="demo-title">{t('demo.title')}</h2>
        <p>{t('demo.lead')}</p>
        <p role="status" className={css.failure}>
          {failure}
        </p>
      </div>
      <ul>
        {accounts.map((account) => (
          <li key={`${account.email} ${account.tenant_slug}`} className={css.row}>
            <div>
              <strong>{account.label}</strong>
              <small className="mono">{account.email}</small>
            </div>
            <Button
              pending={busy === account.email}
              pendingText={t('login.pending')}
              disabled={busy !== null}
              aria-label={account.realm === realm ? t('demo.sign_in_as', { label: account.label }) : undefined}
              onClick={() => void enter(account)}
            >
              {account.realm === realm ? t('demo.sign_in') : t('demo.open_platform')}
            </Button>
          </li>
        ))}
      </ul>
      {accounts[0] !== undefined && (
        <p className={css.foot}>
          {t('demo.password')} <CopyId id={accounts[0].password} whole label={t('login.password')} />
        </p>
      )}
    </section>
  );
}
