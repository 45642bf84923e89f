import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../../lib/api';
import { errorText } from '../../lib/errors';
import { t } from '../../lib/i18n';
import { preferencesQuery, type Preferences } from '../../lib/tenant-queries';
import { showToast } from '../../lib/toast';
import { useTenant } from '../../components/can/tenant-context';
import { Choice } from '../../components/form/inputs';
import { ErrorBlock } from '../../components/states/error-block';
import { Pending } from '../../components/states/pending';
import { Section } from '../../components/ui/layout';
import { AccountPage } from './account-frame';
import { SchemeChoice } from './scheme-choice';

/** The appearance belongs to this browser; the rest goes with the person. */
export function PreferencesScreen() {
  const here = useTenant();
  const queries = useQueryClient();
  const query = useQuery(preferencesQuery(here));
  // Until the answer is there; then what is saved counts, and after a failure what was.
  const [chosen, setChosen] = useState<boolean | null>(null);
  const save = useMutation({
    // All of them are replaced: what this build does not know stays.
    mutationFn: (change: Preferences) =>
      call<Preferences>(here.api, 'put', '/api/v1/me/preferences', { body: { ...query.data, ...change } }),
    onSuccess: (saved) => queries.setQueryData(preferencesQuery(here).queryKey, saved),
    onError: (cause) => showToast({ tone: 'bad', text: errorText(cause) }),
  });
  return (
    <AccountPage purpose={t('account.preferences_purpose')}>
      <Section title={t('account.theme')}>
        <SchemeChoice />
      </Section>
      <Section title={t('shortcut.list')}>
        <div style={{ paddingBlock: 16 }}>
          {query.isError && query.data === undefined ? (
            <ErrorBlock error={query.error} onRetry={() => void query.refetch()} />
          ) : query.data === undefined ? (
            <Pending />
          ) : (
            <Choice
              label={t('account.single_keys')}
              help={t('account.single_keys_text')}
              checked={chosen ?? query.data.shortcuts !== false}
              onChange={(shortcuts) => {
                setChosen(shortcuts);
                save.mutate({ shortcuts }, { onSettled: () => setChosen(null) });
              }}
            />
          )}
        </div>
      </Section>
    </AccountPage>
  );
}
