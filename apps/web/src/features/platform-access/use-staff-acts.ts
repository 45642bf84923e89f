import { t } from '../../lib/i18n';
import { showToast } from '../../lib/toast';
import type { StaffMember } from '../../lib/types';
import { askConfirm } from '../../components/confirm/confirm';
import type { ListNav } from '../../components/data-table/use-list-nav';
import type { MenuEntry } from '../../components/layers/menu';
import { resetFactor, updateStaff, useStaffChange } from './queries';

/** What may be done with somebody of the staff, each with a reason. Nobody takes the ground from under themselves here. */
export function useStaffActs(nav: ListNav, self: string): (member: StaffMember) => MenuEntry[] {
  const change = useStaffChange();
  return (member) => {
    const { platform_user_id: id, display_name: name } = member;
    if (id === self) return [];
    const ask = (what: 'disable' | 'enable' | 'reset_mfa', run: (reason: string) => Promise<unknown>): void =>
      askConfirm({
        tier: 'R',
        ofPlatform: true,
        harmless: what === 'enable',
        title: t(`access.${what}_title`, { name }),
        consequence: t(`access.${what}_text`),
        verb: t(`access.${what}`),
        pendingText: t('working'),
        run: async ({ reason }) => {
          await change.mutateAsync(() => run(reason));
          showToast({ tone: 'ok', text: t(`access.${what}_done`, { name }) });
        },
      });
    const acts: MenuEntry[] = [];
    if (member.status === 'active') acts.push({ key: 'role', label: t('access.change_role'), onSelect: () => nav.open({ member: id }) });
    if (member.mfa_enabled)
      acts.push({ key: 'mfa', label: t('access.reset_mfa'), onSelect: () => ask('reset_mfa', (reason) => resetFactor(id, reason)) });
    acts.push(
      member.status === 'active'
        ? {
            key: 'off',
            label: t('access.disable'),
            danger: true,
            onSelect: () => ask('disable', (reason) => updateStaff(id, { status: 'disabled', reason })),
          }
        : {
            key: 'on',
            label: t('access.enable'),
            onSelect: () => ask('enable', (reason) => updateStaff(id, { status: 'active', reason })),
          },
    );
    return acts;
  };
}
