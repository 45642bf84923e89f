import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useForm } from '../../lib/form';
import { t } from '../../lib/i18n';
import { showToast } from '../../lib/toast';
import type { TenantSettings } from '../../lib/types';
import { useTenant } from '../../components/can/tenant-context';
import { askConfirm } from '../../components/confirm/confirm';
import { FormFrame } from '../../components/form/form-frame';
import { SelectField, TextField } from '../../components/form/inputs';
import { ErrorBlock } from '../../components/states/error-block';
import { Pending } from '../../components/states/pending';
import { Button } from '../../components/ui/button';
import { Facts, Note, Section, Stack } from '../../components/ui/layout';
import { Status } from '../../components/ui/status';
import { patchSettings, settingsQuery, useSettingsChange } from './queries';
import { SettingsPage } from './settings-page';
import css from './settings.module.css';

export function TenantSecurityScreen() {
  const here = useTenant();
  const query = useQuery(settingsQuery(here));
  const data = query.data;
  return (
    <SettingsPage>
      {query.isError && data === undefined ? (
        <ErrorBlock error={query.error} onRetry={() => void query.refetch()} />
      ) : data === undefined ? (
        <Pending />
      ) : (
        <>
          <MfaRequired required={data.mfa_required} />
          <Section title={t('security.policy')}>
            <div className={css.part}>
              {here.can('settings:write') ? (
                <PolicyForm key={JSON.stringify(data.password_policy)} policy={data.password_policy} />
              ) : (
                <Facts
                  items={[
                    [t('security.min_length'), String(data.password_policy.min_length)],
                    [t('security.classes'), t(data.password_policy.classes === 'all' ? 'security.classes.all' : 'security.classes.three')],
                    [t('security.history'), String(data.password_policy.history)],
                    [t('security.max_age'), data.password_policy.max_age_days?.toString() ?? t('security.no_end')],
                  ]}
                />
              )}
            </div>
          </Section>
        </>
      )}
    </SettingsPage>
  );
}

/** Who demands a second factor has one: else the way to set it up stands here. */
function MfaRequired({ required }: { required: boolean }) {
  const here = useTenant();
  const change = useSettingsChange();
  const ready = required || here.me.user.mfa_enabled;
  const toggle = (): void =>
    askConfirm({
      tier: 1,
      harmless: required,
      title: t(required ? 'security.mfa_free_title' : 'security.mfa_demand_title'),
      consequence: t(required ? 'security.mfa_free_text' : 'security.mfa_demand_text'),
      verb: t(required ? 'security.mfa_free' : 'security.mfa_demand'),
      pendingText: t('saving'),
      run: async () => {
        await change.mutateAsync((api) => patchSettings(api, { mfa_required: !required }));
        showToast({ tone: 'ok', text: t('settings.saved') });
      },
    });
  return (
    <Section
      title={t('account.mfa')}
      aside={<Status word={required ? 'on' : 'off'}>{t(required ? 'security.mfa_required' : 'security.mfa_optional')}</Status>}
    >
      <div className={css.part}>
        <Stack>
          <Note>{t('security.mfa_text')}</Note>
          {here.can('settings:write') && (
            <Button disabled={!ready} onClick={toggle}>
              {t(required ? 'security.mfa_free' : 'security.mfa_demand')}
            </Button>
          )}
          {here.can('settings:write') && !ready && (
            <Note>
              {t('security.mfa_own_first')} <Link to="/account/security">{t('mfa.set_up')}</Link>
            </Note>
          )}
        </Stack>
      </div>
    </Section>
  );
}

const whole = (typed: string, min: number, max: number): boolean =>
  /^\d{1,3}$/.test(typed.trim()) && Number(typed) >= min && Number(typed) <= max;

function PolicyForm({ policy }: { policy: TenantSettings['password_policy'] }) {
  const change = useSettingsChange();
  const form = useForm({
    initial: {
      min_length: String(policy.min_length),
      classes: policy.classes === 'three' ? ('three' as const) : ('all' as const),
      history: String(policy.history),
      max_age_days: policy.max_age_days === null ? '' : String(policy.max_age_days),
    } as { min_length: string; classes: 'all' | 'three'; history: string; max_age_days: string },
    paths: {
      min_length: 'settings.identity.password_policy.min_length',
      classes: 'settings.identity.password_policy.classes',
      history: 'settings.identity.password_policy.history',
      max_age_days: 'settings.identity.password_policy.max_age_days',
    },
    validate: (values) => ({
      ...(whole(values.min_length, 8, 64) ? {} : { min_length: t('security.between', { min: 8, max: 64 }) }),
      ...(whole(values.history, 0, 24) ? {} : { history: t('security.between', { min: 0, max: 24 }) }),
      ...(values.max_age_days.trim() === '' || whole(values.max_age_days, 30, 365)
        ? {}
        : { max_age_days: t('security.between', { min: 30, max: 365 }) }),
    }),
    submit: async (values) => {
      const password_policy = {
        min_length: Number(values.min_length),
        classes: values.classes,
        history: Number(values.history),
        max_age_days: values.max_age_days.trim() === '' ? null : Number(values.max_age_days),
      };
      await change.mutateAsync((api) => patchSettings(api, { settings: { identity: { password_policy } } }));
      showToast({ tone: 'ok', text: t('settings.saved') });
    },
  });
  return (
    <FormFrame
      form={form}
      label={t('security.policy')}
      actions={
        <Button type="submit" variant="primary" disabled={!form.dirty} pending={form.pending} pendingText={t('saving')}>
          {t('save')}
        </Button>
      }
    >
      <Note>{t('security.policy_text')}</Note>
      <TextField {...form.field('min_length')} label={t('security.min_length')} inputMode="numeric" maxLength={3} />
      <SelectField
        {...form.field('classes')}
        label={t('security.classes')}
        options={(['all', 'three'] as const).map((value) => ({ value, label: t(`security.classes.${value}`) }))}
      />
      <TextField
        {...form.field('history')}
        label={t('security.history')}
        help={t('security.history_help')}
        inputMode="numeric"
        maxLength={3}
      />
      <TextField
        {...form.field('max_age_days')}
        label={t('security.max_age')}
        help={t('security.max_age_help')}
        optional
        inputMode="numeric"
        maxLength={3}
      />
    </FormFrame>
  );
}
