import IconDots from '@tabler/icons-react/icons/IconDots';
import { t } from '../../lib/i18n';
import { showToast } from '../../lib/toast';
import type { ConsoleTenantDetail } from '../../lib/types';
import { useStaff } from '../../components/can/staff-context';
import { askConfirm } from '../../components/confirm/confirm';
import { LazyMenu } from '../../components/layers/lazy-menu';
import type { MenuEntry } from '../../components/layers/menu';
import { Button, IconButton } from '../../components/ui/button';
import { archiveTenant, restoreTenant, resumeTenant, setReadOnly, suspendTenant, useTenantChange } from './queries';

type Act = 'suspend' | 'resume' | 'archive' | 'restore' | 'read_only' | 'read_write';
const RUN: Readonly<Record<Act, (tenant_id: string, reason: string) => Promise<unknown>>> = {
  suspend: suspendTenant,
  resume: resumeTenant,
  archive: archiveTenant,
  restore: restoreTenant,
  read_only: (tenant_id, reason) => setReadOnly(tenant_id, true, reason),
  read_write: (tenant_id, reason) => setReadOnly(tenant_id, false, reason),
};
const HARMLESS: readonly Act[] = ['resume', 'restore', 'read_write'];

/** What staff do with a tenant. Each act has a reason, which its own people can read. */
export function TenantActs({ tenant }: { tenant: ConsoleTenantDetail }) {
  const staff = useStaff();
  const change = useTenantChange();
  if (!staff.can('platform:tenants')) return null;
  const { name, status, tenant_id } = tenant;
  const ask = (act: Act): void =>
    askConfirm({
      tier: act === 'read_only' || act === 'read_write' ? 'R' : 3,
      harmless: HARMLESS.includes(act),
      name,
      title: t(`tenants.${act}_title`, { tenant: name }),
      consequence: t(`tenants.${act}_text`),
      verb: t(`tenants.${act}`),
      pendingText: t('working'),
      run: async ({ reason }) => {
        await change.mutateAsync(() => RUN[act](tenant_id, reason));
        showToast({ tone: 'ok', text: t(`tenants.${act}_done`, { tenant: name }) });
      },
    });
  const entry = (act: Act): MenuEntry => ({
    key: act,
    label: t(`tenants.${act}`),
    danger: !HARMLESS.includes(act),
    onSelect: () => ask(act),
  });
  const more: MenuEntry[] = [
    ...(status === 'active' ? [entry(tenant.read_only ? 'read_write' : 'read_only')] : []),
    ...(status === 'active' || status === 'suspended' ? [entry('archive')] : []),
  ];
  return (
    <>
      {status === 'active' && (
        <Button variant="danger" onClick={() => ask('suspend')}>
          {t('tenants.suspend')}
        </Button>
      )}
      {(status === 'suspended' || status === 'archived') && (
        <Button variant="primary" onClick={() => ask(status === 'archived' ? 'restore' : 'resume')}>
          {t(status === 'archived' ? 'tenants.restore' : 'tenants.resume')}
        </Button>
      )}
      {more.length > 0 && (
        <LazyMenu
          target={<IconButton icon={IconDots} label={t('acts_for', { name })} data-tip-side="start" />}
          groups={() => [{ entries: more }]}
        />
      )}
    </>
  );
}
