import { useQuery } from '@tanstack/react-query';
import { TOGGLE_MODULES, type ToggleModule } from '#contracts/modules.js';
import { useForm } from '../../lib/form';
import { t, tryText } from '../../lib/i18n';
import { plansQuery } from '../../lib/platform-queries';
import { showToast } from '../../lib/toast';
import type { Template } from '../../lib/types';
import { askConfirm } from '../../components/confirm/confirm';
import { FormFrame } from '../../components/form/form-frame';
import { Choice, ChoiceGroup, SelectField, TextField } from '../../components/form/inputs';
import { Drawer } from '../../components/layers/drawer';
import { Button } from '../../components/ui/button';
import { createTemplate, deleteTemplate, updateTemplate, useCatalogueChange, type NewTemplate } from './queries';
import css from './catalogue.module.css';

const MODULES = Object.keys(TOGGLE_MODULES) as ToggleModule[];
const PACKS = ['inventory', 'retail', 'org', 'cockpit', 'business'] as const satisfies readonly Template['role_pack'][];
const CODE = /^[a-z][a-z0-9_]*$/;

/** What a new tenant starts with. Tenants that exist keep what they have. */
export function TemplateDrawer({ template, onClose }: { template?: Template; onClose: () => void }) {
  const change = useCatalogueChange();
  const plans = useQuery(plansQuery).data?.data.filter((plan) => !plan.is_addon) ?? [];
  const isNew = template === undefined;
  const title = template?.name ?? t('templates.new');
  const form = useForm({
    initial: {
      template_code: template?.template_code ?? '',
      name: template?.name ?? '',
      role_pack: (template?.role_pack ?? 'inventory') as NewTemplate['role_pack'],
      plan_code: template?.plan_code ?? '',
      module_codes: template?.module_codes ?? [],
      is_default: template?.is_default ?? false,
    },
    codes: { unknown_module: 'module_codes', unknown_plan: 'plan_code', dependency_off: 'module_codes' },
    validate: (values) => ({
      ...(values.name.trim() === '' ? { name: t('field.required') } : {}),
      ...(CODE.test(values.template_code.trim()) ? {} : { template_code: t('templates.code_wrong') }),
    }),
    submit: async ({ template_code, name, plan_code, ...rest }, key) => {
      const body = { ...rest, name: name.trim(), plan_code: plan_code === '' ? null : plan_code };
      await change.mutateAsync(() =>
        isNew ? createTemplate({ ...body, template_code: template_code.trim() }, key) : updateTemplate(template, body),
      );
      showToast({ tone: 'ok', text: t('templates.saved', { name: body.name }) });
      onClose();
    },
  });
  const { module_codes } = form.values;
  const remove = (one: Template): void =>
    askConfirm({
      tier: 2,
      name: one.template_code,
      title: t('templates.delete_title', { name: one.name }),
      consequence: t('templates.delete_text'),
      verb: t('templates.delete'),
      pendingText: t('working'),
      run: async () => {
        await change.mutateAsync(() => deleteTemplate(one.template_code));
        showToast({ tone: 'ok', text: t('templates.deleted', { name: one.name }) });
        onClose();
      },
    });
  return (
    <Drawer title={title} size={560} onClose={onClose}>
      <FormFrame
        form={form}
        label={title}
        actions={
          <>
            <Button type="submit" variant="primary" disabled={!form.dirty && !isNew} pending={form.pending} pendingText={t('saving')}>
              {t(isNew ? 'templates.create' : 'save')}
            </Button>
            {!isNew && !template.is_default && (
              <Button variant="danger" onClick={() => remove(template)}>
                {t('templates.delete')}
              </Button>
            )}
            <Button onClick={onClose}>{t('cancel')}</Button>
          </>
        }
      >
        <TextField {...form.field('name')} label={t('tenants.name')} maxLength={120} autoComplete="off" autoFocus={isNew} />
        {isNew && (
          <TextField
            {...form.field('template_code')}
            label={t('templates.code')}
            help={t('templates.code_help')}
            maxLength={40}
            autoComplete="off"
            mono
          />
        )}
        <SelectField
          {...form.field('role_pack')}
          label={t('templates.pack')}
          help={t('templates.pack_help')}
          options={PACKS.map((value) => ({ value, label: t(`pack.${value}`) }))}
        />
        <SelectField
          {...form.field('plan_code')}
          label={t('tenants.plan')}
          options={[{ value: '', label: t('usage.no_plan') }, ...plans.map((plan) => ({ value: plan.plan_code, label: plan.name }))]}
        />
        <ChoiceGroup id="modules" legend={t('tenants.modules')} error={form.field('module_codes').error}>
          <div className={css.modules}>
            {MODULES.map((code) => (
              <Choice
                key={code}
                label={tryText(`module.${code}`, TOGGLE_MODULES[code].name)}
                checked={module_codes.includes(code)}
                onChange={(on) => form.set('module_codes', on ? [...module_codes, code] : module_codes.filter((one) => one !== code))}
              />
            ))}
          </div>
        </ChoiceGroup>
        <Choice
          label={t('templates.is_default')}
          help={t('templates.is_default_help')}
          checked={form.values.is_default}
          disabled={template?.is_default}
          onChange={(on) => form.set('is_default', on)}
        />
      </FormFrame>
    </Drawer>
  );
}
