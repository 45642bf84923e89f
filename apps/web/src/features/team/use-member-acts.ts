import { t } from '../../lib/i18n';
import { showToast } from '../../lib/toast';
import type { Member } from '../../lib/types';
import { useTenant } from '../../components/can/tenant-context';
import { askConfirm } from '../../components/confirm/confirm';
import type { ListNav } from '../../components/data-table/use-list-nav';
import type { MenuEntry } from '../../components/layers/menu';
import { changeMember, removeMember, useTeamChange } from './queries';

/** What may be done with a member, by what the reader holds. The server refuses the last administrator with its own words. */
export function useMemberActs(nav: ListNav): (member: Member) => MenuEntry[] {
  const here = useTenant();
  const change = useTeamChange();
  return (member) => {
    const name = member.display_name || member.email;
    const own = member.user_id === here.me.user.user_id;
    const acts: MenuEntry[] = [];
    if (here.can('users:write')) {
      acts.push({ key: 'roles', label: t('team.change_roles'), onSelect: () => nav.open({ member: member.user_id }) });
      if (member.status === 'suspended') {
        acts.push({
          key: 'resume',
          label: t('team.reactivate'),
          onSelect: () =>
            askConfirm({
              tier: 1,
              harmless: true,
              title: t('team.reactivate_title', { name }),
              consequence: t('team.reactivate_text'),
              verb: t('team.reactivate'),
              pendingText: t('working'),
              run: async () => {
                await change.mutateAsync((api) => changeMember(api, member.user_id, { status: 'active' }));
                showToast({ tone: 'ok', text: t('team.reactivated', { name }) });
              },
            }),
        });
      } else if (!own) {
        acts.push({
          key: 'suspend',
          label: t('team.suspend'),
          onSelect: () =>
            askConfirm({
              tier: 1,
              title: t('team.suspend_title', { name }),
              consequence: t('team.suspend_text'),
              verb: t('team.suspend'),
              pendingText: t('working'),
              run: async () => {
                await change.mutateAsync((api) => changeMember(api, member.user_id, { status: 'suspended' }));
                showToast({ tone: 'ok', text: t('team.suspended', { name }) });
              },
            }),
        });
      }
    }
    if (here.can('users:delete') && !own) {
      acts.push({
        key: 'remove',
        label: t('team.remove'),
        danger: true,
        onSelect: () =>
          askConfirm({
            tier: 1,
            title: t('team.remove_title', { name }),
            consequence: t('team.remove_text', { tenant: here.me.tenant.name }),
            verb: t('team.remove'),
            pendingText: t('working'),
            run: async () => {
              await change.mutateAsync((api) => removeMember(api, member.user_id));
              nav.open({ member: undefined });
              showToast({ tone: 'ok', text: t('team.removed', { name }) });
            },
          }),
      });
    }
    return acts;
  };
}
