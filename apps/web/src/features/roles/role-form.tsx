import { useForm } from '../../lib/form';
import { t } from '../../lib/i18n';
import type { PermissionRow, RoleInput } from '../../lib/types';
import { FormFrame } from '../../components/form/form-frame';
import { TextField } from '../../components/form/inputs';
import { Button } from '../../components/ui/button';
import { Section } from '../../components/ui/layout';
import { PermissionMatrix } from '../../components/permissions/permission-matrix';
import css from '../../components/permissions/matrix.module.css';

interface RoleFormProps {
  initial: RoleInput;
  catalogue: readonly PermissionRow[];
  submitText: string;
  onSubmit: (input: RoleInput, key: string) => Promise<void>;
}

export function RoleForm({ initial, catalogue, submitText, onSubmit }: RoleFormProps) {
  const form = useForm({
    initial: { name: initial.name, description: initial.description, permissions: [...initial.permissions].sort().join(' ') },
    codes: { role_name_taken: 'name' },
    validate: (values) => ({
      ...(values.name.trim() === '' ? { name: t('field.required') } : {}),
      ...(values.permissions === '' ? { permissions: t('roles.choose_permission') } : {}),
    }),
    submit: (values, key) =>
      onSubmit({ name: values.name.trim(), description: values.description.trim(), permissions: split(values.permissions) }, key),
  });
  const chosen = new Set(split(form.values.permissions));
  const toggle = (name: string): void => {
    const next = new Set(chosen);
    if (next.has(name)) next.delete(name);
    else next.add(name);
    form.set('permissions', [...next].sort().join(' '));
  };
  const error = form.field('permissions').error;
  return (
    <div className={css.form}>
      <FormFrame
        form={form}
        label={submitText}
        actions={
          <Button type="submit" variant="primary" pending={form.pending} pendingText={t('saving')}>
            {submitText}
          </Button>
        }
      >
        <div className={css.about}>
          <TextField {...form.field('name')} label={t('roles.name')} maxLength={80} autoFocus={initial.name === ''} />
          <TextField {...form.field('description')} label={t('roles.description')} optional maxLength={200} />
        </div>
        <Section title={t('roles.permissions')} aside={<span>{t('roles.permission_count', { count: chosen.size })}</span>}>
          {error !== undefined && (
            <p className={css.error} aria-invalid tabIndex={-1}>
              {error}
            </p>
          )}
          <PermissionMatrix catalogue={catalogue} chosen={chosen} onToggle={toggle} />
        </Section>
      </FormFrame>
    </div>
  );
}

const split = (names: string): string[] => names.split(' ').filter((name) => name !== '');
