import { useQuery } from '@tanstack/react-query';
import { useForm } from '../../lib/form';
import { t } from '../../lib/i18n';
import { showToast } from '../../lib/toast';
import type { TenantFacts } from '../../lib/types';
import { currencies, zones } from '../../lib/zones';
import { useTenant } from '../../components/can/tenant-context';
import { FormFrame } from '../../components/form/form-frame';
import { SelectField, TextField } from '../../components/form/inputs';
import { ErrorBlock } from '../../components/states/error-block';
import { Pending } from '../../components/states/pending';
import { Button } from '../../components/ui/button';
import { CopyId } from '../../components/ui/copy-id';
import { Facts, Note, Section } from '../../components/ui/layout';
import { patchTenant, tenantQuery, useSettingsChange } from './queries';
import { SettingsPage } from './settings-page';

const LOCALE = /^[a-z]{2}(-[A-Z]{2})?$/;
const options = (values: readonly string[]) => values.map((value) => ({ value, label: value }));

export function GeneralScreen() {
  const here = useTenant();
  const query = useQuery(tenantQuery(here));
  const facts = query.data;
  return (
    <SettingsPage>
      {query.isError && facts === undefined ? (
        <ErrorBlock error={query.error} onRetry={() => void query.refetch()} />
      ) : facts === undefined ? (
        <Pending />
      ) : (
        <>
          <Section title={t('settings.general')}>
            <div style={{ paddingBlock: 16 }}>
              {here.can('tenants:write') ? (
                <GeneralForm key={`${facts.name} ${facts.time_zone} ${facts.currency} ${facts.locale}`} facts={facts} />
              ) : (
                <>
                  <Facts
                    items={[
                      [t('settings.name'), facts.name],
                      [t('stores.zone'), facts.time_zone],
                      [t('stores.currency'), facts.currency],
                      [t('settings.locale'), facts.locale],
                    ]}
                  />
                  <Note>{t('team.read_only')}</Note>
                </>
              )}
            </div>
          </Section>
          <Section title={t('settings.address')}>
            <Facts
              items={[
                [t('settings.slug'), <code key="slug">{facts.slug}</code>],
                [t('id'), <CopyId key="id" id={facts.tenant_id} whole label={t('id')} />],
              ]}
            />
          </Section>
        </>
      )}
    </SettingsPage>
  );
}

function GeneralForm({ facts }: { facts: TenantFacts }) {
  const change = useSettingsChange();
  const form = useForm({
    initial: { name: facts.name, time_zone: facts.time_zone, currency: facts.currency, locale: facts.locale },
    validate: (values) => ({
      ...(values.name.trim() === '' ? { name: t('field.required') } : {}),
      ...(LOCALE.test(values.locale.trim()) ? {} : { locale: t('settings.locale_wrong') }),
    }),
    submit: async (values) => {
      await change.mutateAsync((api) => patchTenant(api, { ...values, name: values.name.trim(), locale: values.locale.trim() }));
      showToast({ tone: 'ok', text: t('settings.saved') });
    },
  });
  return (
    <FormFrame
      form={form}
      label={t('settings.general')}
      actions={
        <Button type="submit" variant="primary" disabled={!form.dirty} pending={form.pending} pendingText={t('saving')}>
          {t('save')}
        </Button>
      }
    >
      <TextField {...form.field('name')} label={t('settings.name')} maxLength={120} autoComplete="organization" />
      <SelectField
        {...form.field('time_zone')}
        label={t('stores.zone')}
        help={t('settings.zone_help')}
        options={options(zones(form.values.time_zone))}
      />
      <SelectField
        {...form.field('currency')}
        label={t('stores.currency')}
        help={t('settings.currency_help')}
        options={options(currencies(form.values.currency))}
      />
      <TextField {...form.field('locale')} label={t('settings.locale')} help={t('settings.locale_help')} maxLength={10} mono />
    </FormFrame>
  );
}
