import { useNavigate, useRouterState } from '@tanstack/react-router';
import { useEffect } from 'react';
import { ApiError } from '../../lib/errors';
import { Forbidden } from './forbidden';
import { ModuleOff } from './module-off';
import { Maintenance, NotFound, Offline, SomethingBroke, Suspended, WrongAddress } from './pages';
import { SettingUp } from './setting-up';

/** Which page a failed route shows. */
export function ErrorPage({ error, reset, full = false }: { error: unknown; reset?: () => void; full?: boolean }) {
  if (!(error instanceof ApiError)) return <SomethingBroke error={error} full={full} onRetry={reset} />;
  switch (error.code) {
    case 'signed_out':
      return <ToSignIn />;
    case 'mfa_required':
      return <ToSignIn second />;
    case 'not_found':
      return <NotFound full={full} />;
    case 'tenant_mismatch':
      return <WrongAddress full={full} />;
    case 'tenant_suspended':
    case 'tenant_archived':
    case 'membership_suspended':
      return <Suspended full={full} />;
    case 'tenant_not_ready':
      return <SettingUp problem={error.problem} wait={error.retryAfter ?? 5} onReady={reset} full={full} />;
    case 'permission_denied':
      return <Forbidden problem={error.problem} full={full} />;
    case 'module_disabled':
      return <ModuleOff full={full} code={typeof error.problem.module_code === 'string' ? error.problem.module_code : undefined} />;
    case 'maintenance':
      return <Maintenance />;
    case 'network':
      return <Offline />;
    default:
      return <SomethingBroke error={error} full={full} onRetry={reset} />;
  }
}

function ToSignIn({ second = false }: { second?: boolean }) {
  const navigate = useNavigate();
  const href = useRouterState({ select: (state) => state.location.href });
  useEffect(() => {
    const staff = href.startsWith('/platform');
    const to = second ? (staff ? '/platform/mfa' : '/login/mfa') : staff ? '/platform/login' : '/login';
    void navigate({ to, search: { redirect: href }, replace: true });
  }, [navigate, href, second]);
  return null;
}
