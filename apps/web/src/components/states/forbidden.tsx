import { useQuery } from '@tanstack/react-query';
import { useContext, useState } from 'react';
import { ok, tenantApi } from '../../lib/api';
import { can } from '../../lib/abilities';
import { missingPermissions, type Problem } from '../../lib/errors';
import { list } from '../../lib/format';
import { t, tryText } from '../../lib/i18n';
import { tenantKey } from '../../lib/queries';
import type { Me } from '../../lib/types';
import { Button, LinkButton } from '../ui/button';
import { copyText } from '../ui/copy-id';
import { TenantContext } from '../can/tenant-context';
import { StatePage } from './state-page';
import css from './states.module.css';

/** Names the permission in words and code, and the roles of this tenant that hold it. */
export function Forbidden({ problem, permission, full = false }: { problem?: Problem; permission?: string; full?: boolean }) {
  const here = useContext(TenantContext);
  const names = permission === undefined ? missingPermissions(problem ?? { status: 403, code: 'permission_denied' }) : [permission];
  const [copied, setCopied] = useState(false);
  const words = names.map((name) => tryText(`permission.${name}`, name));
  const request = t('state.request_text', { permission: names.join(', '), address: window.location.href });
  return (
    <StatePage
      full={full}
      tone="attention"
      title={t('state.forbidden')}
      actions={
        <>
          <Button onClick={() => void copyText(request).then(setCopied)}>{copied ? t('copy.done') : t('state.copy_request')}</Button>
          <LinkButton to="/">{t('state.home')}</LinkButton>
        </>
      }
    >
      {names.length === 0 ? (
        <p>{t('state.forbidden_text')}</p>
      ) : (
        <ul className={css.list}>
          {names.map((name, index) => (
            <li key={name}>
              {words[index]} <code>{name}</code>
            </li>
          ))}
        </ul>
      )}
      {here !== null && names.length > 0 && can(here.me.abilities, 'roles:read') && <Holders me={here.me} names={names} />}
    </StatePage>
  );
}

function Holders({ me, names }: { me: Me; names: readonly string[] }) {
  const roles = useQuery({
    queryKey: tenantKey(me.tenant.tenant_id, 'roles', 'all'),
    queryFn: ({ signal }) => ok(tenantApi(me.tenant.slug).GET('/api/v1/roles', { params: { query: { limit: 100 } }, signal })),
  });
  const holding = (roles.data?.data ?? []).filter((role) => names.every((name) => (role.permissions as string[]).includes(name)));
  if (holding.length === 0) return null;
  return <p>{t('state.held_by', { roles: list(holding.map((role) => role.name)), count: holding.length })}</p>;
}
