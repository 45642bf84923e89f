import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { DEFAULT_TEMPLATE, TEMPLATES, TOGGLE_MODULES, type TemplateCode, type ToggleModule } from '#contracts/modules.js';
import { slugProblem } from '#contracts/slug.js';
import { useForm } from '../../lib/form';
import { t } from '../../lib/i18n';
import { configQuery } from '../../lib/queries';
import { slugOf } from '../../lib/slug-of';
import type { TenantCreated } from '../../lib/types';
import { FormFrame } from '../../components/form/form-frame';
import { Choice, ChoiceGroup, SelectField, TextField } from '../../components/form/inputs';
import { Drawer } from '../../components/layers/drawer';
import { Button } from '../../components/ui/button';
import { createTenant, useTenantChange } from './queries';
import css from './tenants.module.css';

const CODES = Object.keys(TEMPLATES) as TemplateCode[];
const MODULES = Object.keys(TOGGLE_MODULES) as ToggleModule[];
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;
const modulesOf = (code: TemplateCode): readonly ToggleModule[] => TEMPLATES[code].modules;

export function NewTenantDrawer({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const change = useTenantChange();
  const root = useQuery(configQuery).data?.root_domain ?? null;
  // The subdomain follows the name until it is typed by hand.
  const [slugTyped, setSlugTyped] = useState(false);
  const form = useForm({
    initial: {
      name: '',
      slug: '',
      template: DEFAULT_TEMPLATE as TemplateCode,
      modules: modulesOf(DEFAULT_TEMPLATE),
      owner_name: '',
      owner_email: '',
    },
    paths: { slug: 'subdomain', template: 'template_code', modules: 'features', owner_name: 'owner.name', owner_email: 'owner.email' },
    codes: { slug_taken: 'slug', slug_invalid: 'slug', slug_reserved: 'slug' },
    validate: (values) => {
      const slug = slugProblem(values.slug);
      const email = values.owner_email.trim();
      return {
        ...(values.name.trim() === '' ? { name: t('field.required') } : {}),
        ...(slug === null ? {} : { slug: t(`error.${slug}`) }),
        ...(values.owner_name.trim() !== '' && email === '' ? { owner_email: t('field.required') } : {}),
        ...(email !== '' && !EMAIL.test(email) ? { owner_email: t('field.email') } : {}),
        ...(email !== '' && values.owner_name.trim() === '' ? { owner_name: t('field.required') } : {}),
      };
    },
    submit: async (values, key) => {
      const email = values.owner_email.trim();
      const body = {
        name: values.name.trim(),
        subdomain: values.slug,
        template_code: values.template,
        features: values.modules.filter((code) => !modulesOf(values.template).includes(code)),
        ...(email === '' ? {} : { owner: { email, name: values.owner_name.trim() } }),
      };
      const made = (await change.mutateAsync(() => createTenant(body, key))) as TenantCreated;
      await navigate({ to: '/platform/provisioning/$job_id', params: { job_id: made.provisioning_job_id }, ignoreBlocker: true });
    },
  });
  const name = form.field('name');
  const slug = form.field('slug');
  const { modules, template } = form.values;
  return (
    <Drawer title={t('tenants.new')} size={560} onClose={onClose}>
      <FormFrame
        form={form}
        label={t('tenants.new')}
        actions={
          <>
            <Button type="submit" variant="primary" pending={form.pending} pendingText={t('tenants.creating')}>
              {t('tenants.create')}
            </Button>
            <Button onClick={onClose}>{t('cancel')}</Button>
          </>
        }
      >
        <TextField
          {...name}
          onChange={(value) => {
            name.onChange(value);
            if (!slugTyped) slug.onChange(slugOf(value));
          }}
          label={t('tenants.name')}
          maxLength={120}
          autoComplete="off"
          autoFocus
        />
        <TextField
          {...slug}
          onChange={(value) => {
            setSlugTyped(true);
            slug.onChange(value.trim().toLowerCase());
          }}
          label={t('tenants.slug')}
          help={t('tenants.slug_help', { address: `/t/${slug.value || t('tenants.slug_sample')}` })}
          suffix={root === null ? undefined : `.${root}`}
          maxLength={63}
          autoComplete="off"
          mono
        />
        <SelectField
          {...form.field('template')}
          label={t('tenants.template')}
          help={t('tenants.template_help')}
          options={CODES.map((code) => ({ value: code, label: TEMPLATES[code].name }))}
          onChange={(code) => {
            form.set('template', code);
            form.set('modules', modulesOf(code));
          }}
        />
        <ChoiceGroup id="modules" legend={t('tenants.modules')} error={form.field('modules').error}>
          <div className={css.modules}>
            {MODULES.map((code) => (
              <Choice
                key={code}
                label={
                  <>
                    {TOGGLE_MODULES[code].name}{' '}
                    {!TOGGLE_MODULES[code].built && <span className={css.planned}>{t('tenants.not_built')}</span>}
                  </>
                }
                checked={modules.includes(code)}
                disabled={modulesOf(template).includes(code)}
                onChange={(on) => form.set('modules', on ? [...modules, code] : modules.filter((one) => one !== code))}
              />
            ))}
          </div>
        </ChoiceGroup>
        <TextField {...form.field('owner_name')} label={t('tenants.owner_name')} optional maxLength={120} autoComplete="off" />
        <TextField
          {...form.field('owner_email')}
          label={t('tenants.owner_email')}
          help={t('tenants.owner_help')}
          optional
          type="email"
          maxLength={254}
          autoComplete="off"
        />
      </FormFrame>
    </Drawer>
  );
}
