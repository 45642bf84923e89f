import { useQuery } from '@tanstack/react-query';
import { useContext } from 'react';
import { can } from '../../lib/abilities';
import { list } from '../../lib/format';
import { t, tryText } from '../../lib/i18n';
import { rolesQuery } from '../../lib/tenant-queries';
import type { Me } from '../../lib/types';
import { TenantContext } from '../can/tenant-context';
import { LinkButton } from '../ui/button';
import { StatePage } from './state-page';

/** The module of a deep link is off: says who can turn it on, and leads there whoever may. */
export function ModuleOff({ code, full = false }: { code?: string; full?: boolean }) {
  const here = useContext(TenantContext);
  const locked = here !== null && code !== undefined && here.me.modules[code] === 'locked';
  const mine = here !== null && !locked && can(here.me.abilities, 'settings:write');
  return (
    <StatePage
      full={full}
      title={t('state.module_off', { module: tryText(`module.${code}`, code ?? '') })}
      actions={
        <>
          {mine && (
            <LinkButton variant="primary" to="/t/$tenant/settings/modules" params={{ tenant: here.slug }}>
              {t('state.module_settings')}
            </LinkButton>
          )}
          <LinkButton to="/">{t('state.home')}</LinkButton>
        </>
      }
    >
      <p>{t(locked ? 'state.module_locked_text' : mine ? 'state.module_mine_text' : 'state.module_off_text')}</p>
      {here !== null && !locked && !mine && can(here.me.abilities, 'roles:read') && <Holders me={here.me} />}
    </StatePage>
  );
}

function Holders({ me }: { me: Me }) {
  const roles = useQuery(rolesQuery(me.tenant)).data?.data ?? [];
  const holding = roles.filter((role) => (role.permissions as string[]).includes('settings:write'));
  if (holding.length === 0) return null;
  return <p>{t('state.held_by', { roles: list(holding.map((role) => role.name)), count: holding.length })}</p>;
}
