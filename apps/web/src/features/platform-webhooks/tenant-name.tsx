import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { shortId } from '../../lib/format';
import { tenantNamesQuery } from './queries';

/** The tenant by its name, while it is among those that were read; else by its id. */
export function TenantName({ id }: { id: string }) {
  const tenant = useQuery(tenantNamesQuery()).data?.data.find(({ tenant_id }) => tenant_id === id);
  return (
    <Link to="/platform/tenants/$tenant_id" params={{ tenant_id: id }}>
      {tenant?.name ?? <span className="mono">{shortId(id)}</span>}
    </Link>
  );
}
