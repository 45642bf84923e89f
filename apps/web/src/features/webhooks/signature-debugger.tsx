import { useState } from 'react';
import { errorText } from '../../lib/errors';
import { useForm } from '../../lib/form';
import { duration } from '../../lib/format';
import { t } from '../../lib/i18n';
import { showToast } from '../../lib/toast';
import type { Webhook } from '../../lib/types';
import { useTenant } from '../../components/can/tenant-context';
import { FormFrame } from '../../components/form/form-frame';
import { TextArea, TextField } from '../../components/form/inputs';
import { Button } from '../../components/ui/button';
import { Note } from '../../components/ui/layout';
import { Status, type Tone } from '../../components/ui/status';
import { diagnose, type Diagnosis, type Finding } from './diagnose';
import { parseHeaders } from './endpoint-rules';
import { firstDifference, type Difference } from './first-difference';
import { lastBody } from './queries';
import css from './webhooks.module.css';

const isGood = (finding: Finding): boolean => finding === 'valid' || finding === 'legacy';
const toneOf = (finding: Finding): Tone => (finding === 'valid' ? 'ok' : finding === 'legacy' ? 'attention' : 'bad');

/** Says why a message does not verify. What is pasted stays in this form: it is computed here and goes into no request. */
export function SignatureDebugger({ webhook }: { webhook: Webhook }) {
  const here = useTenant();
  const [found, setFound] = useState<(Diagnosis & { difference: Difference | null }) | null>(null);
  const form = useForm({
    initial: { headers: '', body: '', secret: '' },
    guard: false,
    validate: (values) => {
      const { wrong } = parseHeaders(values.headers);
      return {
        ...(wrong === null ? {} : { headers: t('webhooks.headers_wrong', { line: wrong }) }),
        ...(values.secret.trim() === '' ? { secret: t('webhooks.finding.missing_secret') } : {}),
      };
    },
    submit: async ({ headers, body, secret }) => {
      const diagnosis = await diagnose({ body, headers: parseHeaders(headers).headers, secret: secret.trim(), now: new Date() });
      setFound({ ...diagnosis, difference: diagnosis.signed === undefined ? null : firstDifference(diagnosis.signed, body) });
    },
  });
  const fill = async (): Promise<void> => {
    try {
      const body = await lastBody(here.api, webhook.webhook_id);
      if (body !== null) form.set('body', body);
    } catch (cause) {
      showToast({ tone: 'bad', text: errorText(cause) });
    }
  };
  return (
    <div className={css.block}>
      <Note>{t('webhooks.debugger_text')}</Note>
      <FormFrame
        form={form}
        label={t('webhooks.debugger')}
        actions={
          <>
            <Button type="submit" variant="primary" pending={form.pending} pendingText={t('working')}>
              {t('webhooks.debug_check')}
            </Button>
            <Button onClick={() => void fill()}>{t('webhooks.fill')}</Button>
          </>
        }
      >
        <TextArea
          {...form.field('headers')}
          label={t('webhooks.debug_headers')}
          placeholder={'webhook-id: msg_…\nwebhook-timestamp: …\nwebhook-signature: v1,…'}
          rows={4}
        />
        <TextArea {...form.field('body')} label={t('webhooks.debug_body')} rows={5} />
        <TextField {...form.field('secret')} label={t('webhooks.debug_secret')} autoComplete="off" mono maxLength={200} />
        <div role="status">
          {found !== null && (
            <>
              <Status word={found.finding} tone={toneOf(found.finding)}>
                {t(isGood(found.finding) ? 'webhooks.fits' : 'webhooks.fits_not')}
              </Status>
              <p>{t(`webhooks.finding.${found.finding}`, { age: duration(Math.abs(found.age_s ?? 0) * 1000) })}</p>
              {found.difference !== null && <Apart {...found.difference} />}
            </>
          )}
        </div>
      </FormFrame>
    </div>
  );
}

/** The bytes that were signed beside those that were pasted, where they part. */
function Apart({ at, sent, pasted }: Difference) {
  return (
    <dl className={css.apart}>
      <dt>{t('webhooks.signed_at', { at })}</dt>
      <dd className="mono">{sent}</dd>
      <dt>{t('webhooks.pasted_at')}</dt>
      <dd className="mono">{pasted}</dd>
    </dl>
  );
}
