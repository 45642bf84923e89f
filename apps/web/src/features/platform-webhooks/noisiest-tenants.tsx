import { number } from '../../lib/format';
import { t } from '../../lib/i18n';
import type { Fleet } from './queries';
import { TenantName } from './tenant-name';
import css from './fleet.module.css';

/** Who sends most: where to look when the pools are full. */
export function NoisiestTenants({ tenants }: { tenants: Fleet['noisiest'] }) {
  if (tenants.length === 0) return <p className={css.none}>{t('fleet.noisiest_none')}</p>;
  return (
    <table className={css.figures}>
      <caption className="sr-only">{t('fleet.noisiest')}</caption>
      <thead>
        <tr>
          <th scope="col">{t('fleet.tenant')}</th>
          <th scope="col">{t('fleet.deliveries')}</th>
          <th scope="col">{t('fleet.failed')}</th>
        </tr>
      </thead>
      <tbody>
        {tenants.map(({ tenant_id, deliveries, failed }) => (
          <tr key={tenant_id}>
            <td>
              <TenantName id={tenant_id} />
            </td>
            <td>{number(deliveries)}</td>
            <td>{number(failed)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
