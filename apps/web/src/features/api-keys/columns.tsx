import { t } from '../../lib/i18n';
import type { ApiKey, Store } from '../../lib/types';
import type { Column } from '../../components/data-table/data-table';
import { scopeWords } from '../../components/permissions/scope-words';
import { Button } from '../../components/ui/button';
import { Row } from '../../components/ui/layout';
import { Status } from '../../components/ui/status';
import { Time } from '../../components/ui/time';

export const keyStatus = (status: string): string =>
  t(status === 'revoked' ? 'keys.status_revoked' : status === 'expired' ? 'status.expired' : 'status.active');

interface Acts {
  rotate: (row: ApiKey) => void;
  revoke: (row: ApiKey) => void;
}

export const keyColumns = (stores: readonly Store[] | undefined, acts: Acts | null): Column<ApiKey>[] => [
  {
    id: 'name',
    head: t('keys.key'),
    slot: 'identity',
    cell: (row) => (
      <>
        <span>{row.name}</span>
        <small className="mono">{row.prefix}…</small>
      </>
    ),
  },
  { id: 'status', head: t('status'), slot: 'status', cell: (row) => <Status word={row.status}>{keyStatus(row.status)}</Status> },
  {
    id: 'scopes',
    head: t('keys.scopes'),
    slot: 'extra',
    cell: (row) => <span title={row.scopes.join(', ')}>{t('roles.permission_count', { count: row.scopes.length })}</span>,
  },
  { id: 'stores', head: t('team.stores'), slot: 'extra', cell: (row) => scopeWords(row.store_scope, stores) },
  { id: 'by', head: t('keys.owner'), slot: 'extra', cell: (row) => row.owner_name },
  { id: 'expires', head: t('keys.expires'), slot: 'fact', cell: (row) => <Time at={row.expires_at} /> },
  {
    id: 'used',
    head: t('keys.last_used'),
    slot: 'fact',
    cell: (row) =>
      row.last_used_at === null ? (
        t('team.never')
      ) : (
        <>
          <Time at={row.last_used_at} />
          {row.last_ip !== null && <small className="mono">{row.last_ip}</small>}
        </>
      ),
  },
  {
    id: 'acts',
    head: t('acts'),
    headless: true,
    slot: 'acts',
    align: 'end',
    cell: (row) =>
      acts !== null &&
      row.status !== 'revoked' && (
        <Row>
          <Button variant="quiet" aria-label={t('keys.rotate_of', { name: row.name })} onClick={() => acts.rotate(row)}>
            {t('keys.rotate')}
          </Button>
          <Button variant="quiet" aria-label={t('keys.revoke_of', { name: row.name })} onClick={() => acts.revoke(row)}>
            {t('keys.revoke')}
          </Button>
        </Row>
      ),
  },
];
