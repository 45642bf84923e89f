import IconPlus from '@tabler/icons-react/icons/IconPlus';
import { useQuery } from '@tanstack/react-query';
import { useForm } from '../../lib/form';
import { t } from '../../lib/i18n';
import { permissionsQuery, rolesQuery, storesQuery } from '../../lib/tenant-queries';
import { showToast } from '../../lib/toast';
import { ALL_STORES, type Assignment, type Member, type Role, type Store } from '../../lib/types';
import { useTenant } from '../../components/can/tenant-context';
import { FormFrame } from '../../components/form/form-frame';
import { SelectField } from '../../components/form/inputs';
import { Button } from '../../components/ui/button';
import { scopeWords } from '../../components/permissions/scope-words';
import { beyondMine, changeMember, useTeamChange } from './queries';
import { ScopeField, scopeError } from '../../components/permissions/scope-field';
import css from './team.module.css';

/** Replaces the roles of a member; what changes is said before it is saved. */
export function AssignmentsForm({ member, onDone }: { member: Member; onDone: () => void }) {
  const here = useTenant();
  const roles = useQuery({ ...rolesQuery(here), enabled: here.can('roles:read') }).data?.data ?? [];
  const stores = useQuery({ ...storesQuery(here), enabled: here.can('stores:read') }).data?.data ?? [];
  const catalogue = useQuery(permissionsQuery(here)).data;
  const change = useTeamChange();
  const held = catalogue && new Set<string>(catalogue.data.filter((row) => row.held).map((row) => row.permission_id));
  const before: Assignment[] = member.roles.map((role) => ({ role_id: role.role_id, store_scope: role.store_scope }));
  const form = useForm({
    initial: { assignments: before },
    validate: ({ assignments }) => {
      if (assignments.some((one) => one.role_id === '')) return { assignments: t('team.choose_role') };
      const wrong = assignments.map((one) => scopeError(one.store_scope)).find((error) => error !== undefined);
      return wrong === undefined ? {} : { assignments: wrong };
    },
    submit: async ({ assignments }) => {
      await change.mutateAsync((api) => changeMember(api, member.user_id, { assignments: [...assignments] }));
      showToast({ tone: 'ok', text: t('team.roles_changed', { name: member.display_name || member.email }) });
      onDone();
    },
  });
  const { assignments } = form.values;
  const put = (index: number, patch: Partial<Assignment>): void =>
    form.set(
      'assignments',
      assignments.map((one, at) => (at === index ? { ...one, ...patch } : one)),
    );
  const options = (current: string) =>
    roles.map((role) => {
      const missing = beyondMine(role, held);
      const taken = assignments.some((one) => one.role_id === role.role_id && one.role_id !== current);
      return {
        value: role.role_id,
        label: missing.length === 0 ? role.name : t('team.role_locked', { role: role.name }),
        disabled: missing.length > 0 || taken,
      };
    });
  const error = form.field('assignments').error;
  return (
    <FormFrame
      form={form}
      label={t('team.change_roles')}
      actions={
        <Button type="submit" variant="primary" disabled={!form.dirty} pending={form.pending} pendingText={t('saving')}>
          {t('team.save_roles')}
        </Button>
      }
    >
      <div>
        {assignments.map((one, index) => (
          <div key={`${index}-${one.role_id}`} className={css.assignment}>
            <SelectField
              id={`role-${index}`}
              name={`role-${index}`}
              label={t('team.role')}
              value={one.role_id}
              error={index === 0 ? error : undefined}
              options={[{ value: '', label: t('team.choose_role') }, ...options(one.role_id)]}
              onBlur={() => undefined}
              onChange={(role_id) => put(index, { role_id })}
            />
            <ScopeField
              id={`scope-${index}`}
              legend={t('team.stores')}
              scope={one.store_scope}
              stores={stores}
              error={undefined}
              onChange={(store_scope) => put(index, { store_scope })}
            />
            <div>
              <Button
                variant="quiet"
                onClick={() =>
                  form.set(
                    'assignments',
                    assignments.filter((_, at) => at !== index),
                  )
                }
              >
                {t('team.take_role')}
              </Button>
            </div>
          </div>
        ))}
      </div>
      <div>
        <Button icon={IconPlus} onClick={() => form.set('assignments', [...assignments, { role_id: '', store_scope: ALL_STORES }])}>
          {t('team.add_role')}
        </Button>
      </div>
      {form.dirty && <Changes before={before} after={assignments} roles={roles} stores={stores} />}
    </FormFrame>
  );
}

function Changes({
  before,
  after,
  roles,
  stores,
}: {
  before: readonly Assignment[];
  after: readonly Assignment[];
  roles: readonly Role[];
  stores: readonly Store[];
}) {
  const words = (list: readonly Assignment[]): string[] =>
    list
      .filter((one) => one.role_id !== '')
      .map((one) => `${roles.find((role) => role.role_id === one.role_id)?.name ?? ''} (${scopeWords(one.store_scope, stores)})`);
  const [was, will] = [words(before), words(after)];
  const taken = was.filter((word) => !will.includes(word));
  const given = will.filter((word) => !was.includes(word));
  if (taken.length === 0 && given.length === 0) return null;
  return (
    <ul className={css.diff} aria-label={t('team.changes')}>
      {taken.map((word) => (
        <li key={word}>{t('team.takes', { what: word })}</li>
      ))}
      {given.map((word) => (
        <li key={word}>{t('team.gives', { what: word })}</li>
      ))}
    </ul>
  );
}
