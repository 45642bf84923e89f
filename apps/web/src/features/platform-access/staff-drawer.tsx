import { useForm } from '../../lib/form';
import { t } from '../../lib/i18n';
import { rememberReason } from '../../lib/storage';
import { showToast } from '../../lib/toast';
import type { StaffMember, StaffRole } from '../../lib/types';
import { MIN_REASON } from '../../components/confirm/confirm';
import { FormFrame } from '../../components/form/form-frame';
import { Choice, ChoiceGroup, TextArea, TextField } from '../../components/form/inputs';
import { Drawer } from '../../components/layers/drawer';
import { Button } from '../../components/ui/button';
import { Note } from '../../components/ui/layout';
import { createStaff, STAFF_ROLES, updateStaff, useStaffChange } from './queries';

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/** Somebody new, or another role for somebody who is there. Either has a reason. */
export function StaffDrawer({ member, onClose }: { member?: StaffMember; onClose: () => void }) {
  const change = useStaffChange();
  const isNew = member === undefined;
  const title = isNew ? t('access.add') : t('access.role_of', { name: member.display_name });
  const form = useForm({
    initial: {
      email: member?.email ?? '',
      display_name: member?.display_name ?? '',
      role: (member?.role ?? 'ops_viewer') as StaffRole,
      reason: '',
    },
    codes: { email_taken: 'email', last_superuser: 'role', reason_required: 'reason' },
    validate: (values) => ({
      ...(EMAIL.test(values.email.trim()) ? {} : { email: t(values.email.trim() === '' ? 'field.required' : 'field.email') }),
      ...(values.reason.trim().length < MIN_REASON ? { reason: t('confirm.reason_short', { min: MIN_REASON }) } : {}),
    }),
    submit: async ({ email, display_name, role, reason: typed }, key) => {
      const [name, reason] = [display_name.trim(), typed.trim()];
      await change.mutateAsync(() =>
        isNew
          ? createStaff({ email: email.trim(), role, reason, ...(name === '' ? {} : { display_name: name }) }, key)
          : updateStaff(member.platform_user_id, { role, reason }),
      );
      rememberReason(reason);
      showToast({ tone: 'ok', text: t(isNew ? 'access.added' : 'access.role_changed', { name: name || email.trim() }) });
      onClose();
    },
  });
  return (
    <Drawer title={title} onClose={onClose}>
      <FormFrame
        form={form}
        label={title}
        actions={
          <>
            <Button
              type="submit"
              variant="primary"
              disabled={!isNew && form.values.role === member.role}
              pending={form.pending}
              pendingText={t('working')}
            >
              {t(isNew ? 'access.add' : 'access.change_role')}
            </Button>
            <Button onClick={onClose}>{t('cancel')}</Button>
          </>
        }
      >
        {isNew && (
          <>
            <TextField
              {...form.field('email')}
              label={t('login.email')}
              help={t('access.add_help')}
              type="email"
              maxLength={254}
              autoComplete="off"
              autoFocus
            />
            <TextField {...form.field('display_name')} label={t('tenants.name')} optional maxLength={120} autoComplete="off" />
          </>
        )}
        {member?.source === 'env' && <Note>{t('access.from_env')}</Note>}
        <ChoiceGroup id="staff-role" legend={t('team.role')} error={form.field('role').error}>
          {STAFF_ROLES.map((role) => (
            <Choice
              key={role}
              type="radio"
              name="role"
              label={t(`staff_role.${role}`)}
              help={t(`staff_role.${role}_text`)}
              checked={form.values.role === role}
              onChange={() => form.set('role', role)}
            />
          ))}
        </ChoiceGroup>
        <TextArea {...form.field('reason')} label={t('confirm.reason')} help={t('confirm.reason_help_platform')} rows={2} maxLength={500} />
      </FormFrame>
    </Drawer>
  );
}
