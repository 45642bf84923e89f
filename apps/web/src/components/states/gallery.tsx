import { useParams } from '@tanstack/react-router';
import { ApiError } from '../../lib/errors';
import { ErrorPage } from './error-page';
import { NotFound } from './pages';

const STATUS: Readonly<Record<string, number>> = {
  not_found: 404,
  permission_denied: 403,
  tenant_mismatch: 403,
  tenant_suspended: 403,
  module_disabled: 403,
  tenant_not_ready: 503,
  maintenance: 503,
  network: 0,
  internal: 500,
};

export function StateGallery() {
  const { name } = useParams({ from: '/_state/$name' });
  const status = STATUS[name];
  if (status === undefined) return <NotFound full />;
  return (
    <ErrorPage
      full
      error={
        new ApiError(
          {
            status,
            code: name,
            request_id: '00000000-0000-7000-8000-000000000000',
            permission: 'users:write',
            module_code: 'catalog',
            step: 'roles',
          },
          60,
        )
      }
    />
  );
}
