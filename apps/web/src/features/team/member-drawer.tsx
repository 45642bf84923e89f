import { useQuery } from '@tanstack/react-query';
import { t } from '../../lib/i18n';
import { storesQuery } from '../../lib/tenant-queries';
import { useTenant } from '../../components/can/tenant-context';
import { useListNav } from '../../components/data-table/use-list-nav';
import { Drawer } from '../../components/layers/drawer';
import { ErrorBlock } from '../../components/states/error-block';
import { Button } from '../../components/ui/button';
import { CopyId } from '../../components/ui/copy-id';
import { Facts, Note, Row, Section } from '../../components/ui/layout';
import { Status, toneOf } from '../../components/ui/status';
import { Time } from '../../components/ui/time';
import { AssignmentsForm } from './assignments-form';
import { scopeWords } from '../../components/permissions/scope-words';
import { memberQuery } from './queries';
import { useMemberActs } from './use-member-acts';

export function MemberDrawer({ userId, onClose }: { userId: string; onClose: () => void }) {
  const here = useTenant();
  const query = useQuery(memberQuery(here, userId));
  const stores = useQuery({ ...storesQuery(here), enabled: here.can('stores:read') });
  const nav = useListNav({ member: userId });
  const actsOf = useMemberActs(nav);
  const member = query.data;
  if (member === undefined || member === null) {
    return (
      <Drawer title={t('team.member')} focusTitle onClose={onClose}>
        {query.isError && <ErrorBlock error={query.error} onRetry={() => void query.refetch()} />}
        {query.isSuccess && <p>{t('state.not_found_text')}</p>}
      </Drawer>
    );
  }
  const acts = actsOf(member).filter((act) => act.key !== 'roles');
  return (
    <Drawer title={member.display_name || member.email} tone={toneOf(member.status)} focusTitle onClose={onClose}>
      <Facts
        items={[
          [t('login.email'), member.email],
          [t('status'), <Status key="status" word={member.status} />],
          [t('team.last_seen'), member.last_seen_at === null ? t('team.never') : <Time key="seen" at={member.last_seen_at} />],
          [t('id'), <CopyId key="id" id={member.user_id} />],
        ]}
      />
      <Section title={t('team.roles')}>
        {here.can('users:write') ? (
          <AssignmentsForm key={JSON.stringify(member.roles)} member={member} onDone={onClose} />
        ) : (
          <>
            <Facts items={member.roles.map((role) => [role.name, scopeWords(role.store_scope, stores.data?.data)] as const)} />
            <Note>{t('team.read_only')}</Note>
          </>
        )}
      </Section>
      {acts.length > 0 && (
        <Section title={t('team.membership')}>
          <div style={{ paddingBlockStart: 12 }}>
            <Row>
              {acts.map((act) => (
                <Button key={act.key} variant={act.danger ? 'danger' : 'secondary'} onClick={act.onSelect}>
                  {act.label}
                </Button>
              ))}
            </Row>
          </div>
        </Section>
      )}
    </Drawer>
  );
}
