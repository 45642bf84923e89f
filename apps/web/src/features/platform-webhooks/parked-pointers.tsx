import IconChecks from '@tabler/icons-react/icons/IconChecks';
import { useQuery } from '@tanstack/react-query';
import { shortId } from '../../lib/format';
import { t } from '../../lib/i18n';
import { useStaff } from '../../components/can/staff-context';
import { DataTable, type Column } from '../../components/data-table/data-table';
import { Empty } from '../../components/data-table/empty';
import { Button } from '../../components/ui/button';
import { CopyId } from '../../components/ui/copy-id';
import { Time } from '../../components/ui/time';
import { parkedQuery, type ParkedPointer } from './queries';
import { TenantName } from './tenant-name';
import { useFleetActs } from './use-fleet-acts';

/** Events that failed ten times on their way to the webhooks: nothing moves them but a person. */
export function ParkedPointers() {
  const staff = useStaff();
  const acts = useFleetActs();
  const query = useQuery(parkedQuery());
  const columns: Column<ParkedPointer>[] = [
    { id: 'event', head: t('fleet.event'), slot: 'identity', cell: (row) => <CopyId id={row.event_id} /> },
    { id: 'tenant', head: t('fleet.tenant'), slot: 'fact', cell: (row) => <TenantName id={row.tenant_id} /> },
    {
      id: 'error',
      head: t('fleet.error'),
      slot: 'fact',
      cell: (row) => (
        <>
          {row.last_error ?? '–'}
          <small>{t('fleet.parked_after', { count: row.attempts })}</small>
        </>
      ),
    },
    { id: 'at', head: t('fleet.parked_at'), slot: 'extra', align: 'end', cell: (row) => <Time at={row.parked_at} /> },
    {
      id: 'acts',
      head: t('acts'),
      headless: true,
      slot: 'acts',
      align: 'end',
      cell: (row) =>
        staff.can('platform:webhooks') && (
          <Button variant="quiet" aria-label={t('fleet.relay_of', { event: shortId(row.event_id) })} onClick={() => acts.relay(row)}>
            {t('fleet.relay')}
          </Button>
        ),
    },
  ];
  return (
    <DataTable
      caption={t('fleet.parked')}
      columns={columns}
      query={query}
      rowKey={(row) => row.event_id}
      tone={() => 'bad'}
      empty={<Empty icon={IconChecks} text={t('fleet.parked_none')} />}
    />
  );
}
