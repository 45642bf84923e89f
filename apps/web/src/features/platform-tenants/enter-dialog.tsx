import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { enterTenant } from '../../lib/api';
import { useForm } from '../../lib/form';
import { t } from '../../lib/i18n';
import { tenantKey } from '../../lib/queries';
import { rememberReason } from '../../lib/storage';
import type { ConsoleTenantDetail, Member } from '../../lib/types';
import { MIN_REASON } from '../../components/confirm/confirm';
import { FormFrame } from '../../components/form/form-frame';
import { Choice, ChoiceGroup, TextArea } from '../../components/form/inputs';
import { Dialog } from '../../components/layers/dialog';
import { Button } from '../../components/ui/button';

const MODES = ['read_only', 'write'] as const;

/** Support access: as one of the tenant's people, for half an hour, told to its administrators. */
export function EnterDialog({ tenant, member, onClose }: { tenant: ConsoleTenantDetail; member: Member; onClose: () => void }) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const title = t('support.title', { tenant: tenant.name });
  const form = useForm({
    initial: { mode: 'read_only' as (typeof MODES)[number], reason: '' },
    guard: false,
    codes: { reason_required: 'reason', permission_denied: 'mode' },
    validate: (values) => (values.reason.trim().length < MIN_REASON ? { reason: t('confirm.reason_short', { min: MIN_REASON }) } : {}),
    submit: async (values) => {
      const reason = values.reason.trim();
      const slug = await enterTenant(tenant.tenant_id, { user_id: member.user_id, reason, mode: values.mode });
      rememberReason(reason);
      // What this browser knew of the tenant was seen with other eyes.
      queries.removeQueries({ queryKey: tenantKey(tenant.tenant_id) });
      await navigate({ to: '/t/$tenant', params: { tenant: slug }, ignoreBlocker: true });
    },
  });
  return (
    <Dialog title={title} onClose={onClose}>
      <FormFrame
        form={form}
        label={title}
        actions={
          <>
            <Button onClick={onClose}>{t('cancel')}</Button>
            <Button type="submit" variant="primary" pending={form.pending} pendingText={t('support.entering')}>
              {t('support.enter')}
            </Button>
          </>
        }
      >
        <p>{t('support.text', { name: member.display_name || member.email })}</p>
        <TextArea {...form.field('reason')} label={t('confirm.reason')} help={t('support.reason_help')} rows={2} maxLength={500} />
        <ChoiceGroup id="mode" legend={t('support.mode')} error={form.field('mode').error && t('support.write_refused')}>
          {MODES.map((mode) => (
            <Choice
              key={mode}
              type="radio"
              name="mode"
              label={t(`support.mode.${mode}`)}
              help={t(`support.mode.${mode}_text`)}
              checked={form.values.mode === mode}
              onChange={() => form.set('mode', mode)}
            />
          ))}
        </ChoiceGroup>
      </FormFrame>
    </Dialog>
  );
}
