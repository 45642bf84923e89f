import { useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { t } from '../../lib/i18n';
import type { Realm } from '../../lib/storage';
import { showToast } from '../../lib/toast';
import { ErrorBlock } from '../states/error-block';
import { Pending } from '../states/pending';
import { Button } from '../ui/button';
import { Facts, Note, Row, Section, Stack } from '../ui/layout';
import { Status } from '../ui/status';
import { Time } from '../ui/time';
import { mfaQuery } from './mfa-queries';
import { MfaSetup } from './mfa-setup';

const MfaActDialog = lazy(() => import('./mfa-act-dialog').then((module) => ({ default: module.MfaActDialog })));
const FEW = 3;

/** The second factor: off with one way on, or on with what is left of the recovery codes. */
export function MfaSection({ realm }: { realm: Realm }) {
  const queries = useQueryClient();
  const state = useQuery(mfaQuery(realm));
  const [open, setOpen] = useState<'setup' | 'codes' | 'off' | null>(null);
  const again = async (said: string): Promise<void> => {
    setOpen(null);
    showToast({ tone: 'ok', text: said });
    await Promise.all([
      queries.invalidateQueries({ queryKey: mfaQuery(realm).queryKey }),
      // What the frame shows of the person, in whichever tenant.
      queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] === realm && queryKey[2] === 'me' }),
    ]);
  };
  const data = state.data;
  return (
    <Section
      title={t('account.mfa')}
      aside={data && <Status word={data.enabled ? 'on' : 'off'}>{t(data.enabled ? 'account.mfa_on' : 'account.mfa_off')}</Status>}
    >
      <div style={{ paddingBlock: 16 }}>
        {state.isError && data === undefined ? (
          <ErrorBlock error={state.error} onRetry={() => void state.refetch()} />
        ) : data === undefined ? (
          <Pending />
        ) : open === 'setup' ? (
          <MfaSetup realm={realm} onDone={() => again(t('mfa.is_on'))} onCancel={() => setOpen(null)} />
        ) : data.enabled ? (
          <Stack>
            <Facts
              items={[
                [t('mfa.since'), <Time key="at" at={data.enabled_at} />],
                [t('mfa.codes_left'), t('mfa.codes_count', { count: data.recovery_codes_left })],
              ]}
            />
            {data.recovery_codes_left < FEW && <Note>{t('mfa.codes_few')}</Note>}
            <Row>
              <Button onClick={() => setOpen('codes')}>{t('mfa.new_codes')}</Button>
              <Button disabled={data.required} onClick={() => setOpen('off')}>
                {t('mfa.turn_off')}
              </Button>
            </Row>
            {data.required && <Note>{t(realm === 'platform' ? 'mfa.required_platform' : 'error.mfa_required_by_tenant')}</Note>}
          </Stack>
        ) : (
          <Stack>
            <Note>{t('mfa.why')}</Note>
            <Button variant="primary" onClick={() => setOpen('setup')}>
              {t('mfa.set_up')}
            </Button>
          </Stack>
        )}
      </div>
      <Suspense>
        {(open === 'codes' || open === 'off') && (
          <MfaActDialog
            realm={realm}
            act={open}
            onClose={() => setOpen(null)}
            onDone={() => again(t(open === 'off' ? 'mfa.is_off' : 'mfa.codes_renewed'))}
          />
        )}
      </Suspense>
    </Section>
  );
}
