import IconLayoutSidebarLeftCollapse from '@tabler/icons-react/icons/IconLayoutSidebarLeftCollapse';
import IconLayoutSidebarLeftExpand from '@tabler/icons-react/icons/IconLayoutSidebarLeftExpand';
import IconSelector from '@tabler/icons-react/icons/IconSelector';
import { useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { list } from '../../lib/format';
import { t, tryText } from '../../lib/i18n';
import type { Me } from '../../lib/types';
import { LazyMenu } from '../layers/lazy-menu';
import { Icon } from '../ui/icon';
import { NAV, NAV_GROUPS, navFor } from './nav';
import css from './shell.module.css';

export function TenantRail({ me, collapsed, onCollapse }: { me: Me; collapsed: boolean; onCollapse?: () => void }) {
  const keys = navFor(me);
  const collapseLabel = collapsed ? t('shell.expand') : t('shell.collapse');
  return (
    <>
      <TenantSwitcher me={me} />
      {NAV_GROUPS.map((group) => {
        const entries = keys.filter((key) => NAV[key].group === group);
        if (entries.length === 0) return null;
        return (
          <div key={group} className={css.group}>
            {group !== 'top' && group !== 'settings' && <h2>{t(`nav.group.${group}`)}</h2>}
            {entries.map((key) => (
              <Link
                key={key}
                to={NAV[key].to}
                params={{ tenant: me.tenant.slug }}
                className={css.link}
                activeOptions={{ exact: key === 'home', includeSearch: false }}
                activeProps={{ 'aria-current': 'page' }}
                title={collapsed ? t(NAV[key].label) : undefined}
              >
                <Icon of={NAV[key].icon} />
                <span className={css.word}>{t(NAV[key].label)}</span>
              </Link>
            ))}
          </div>
        );
      })}
      {onCollapse !== undefined && (
        <div className={css.foot}>
          <button
            type="button"
            className={css.collapse}
            aria-pressed={collapsed}
            aria-label={collapseLabel}
            title={collapseLabel}
            onClick={onCollapse}
          >
            <Icon of={collapsed ? IconLayoutSidebarLeftExpand : IconLayoutSidebarLeftCollapse} />
            <span className={css.word}>{t('shell.collapse')}</span>
          </button>
        </div>
      )}
    </>
  );
}

const roleNames = (roles: Me['tenants'][number]['roles']): string =>
  list(roles.map((role) => (typeof role === 'string' ? role : role.name)));

function TenantSwitcher({ me }: { me: Me }) {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const change = async (slug: string): Promise<void> => {
    if (slug === me.tenant.slug) return;
    await queries.cancelQueries({ queryKey: ['tenant'] });
    await navigate({ to: '/t/$tenant', params: { tenant: slug } });
    queries.removeQueries({ queryKey: ['tenant', me.tenant.tenant_id] });
  };
  return (
    <LazyMenu
      position="bottom-start"
      width={264}
      target={
        <button type="button" className={css.switcher}>
          <span className={css.mark} aria-hidden>
            {[...me.tenant.name][0]?.toUpperCase()}
          </span>
          <span className={`${css.who} ${css.word}`}>
            <strong>{me.tenant.name}</strong>
            <small>{list(me.roles.map((role) => role.name))}</small>
          </span>
          <span className="sr-only">{t('shell.switch_tenant')}</span>
          <span className={css.word}>
            <Icon of={IconSelector} />
          </span>
        </button>
      }
      groups={() => [
        {
          label: t('shell.your_tenants'),
          entries: me.tenants.map((tenant) => ({
            key: tenant.tenant_id,
            checked: tenant.tenant_id === me.tenant.tenant_id,
            label: (
              <span className={css.who}>
                <strong>{tenant.name}</strong>
                <small>{tenant.status === 'active' ? roleNames(tenant.roles) : tryText(`status.${tenant.status}`, tenant.status)}</small>
              </span>
            ),
            onSelect: () => void change(tenant.slug),
          })),
        },
      ]}
    />
  );
}
